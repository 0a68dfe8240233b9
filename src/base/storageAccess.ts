import { parseLocation, type Location } from './location.ts';

/**
 * Where a repository lies and how to get there: what `openBackend` takes. Plain data, so that each thread opens the
 * storage for itself. Holds secrets, so it is never shown and never written down.
 */
export interface StorageSettings {
  readonly location: Location;
  readonly access: StorageAccess;
}

/** How to get to storage elsewhere. */
export interface StorageAccess {
  /** Variables by name, as restic reads them: `AWS_ACCESS_KEY_ID`, `RESTIC_REST_PASSWORD`. Given to programs that are started. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** restic's `-o`, by whole name: `s3.region`. */
  readonly options: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  /** How requests over HTTP name the program; nothing unless stated. */
  readonly userAgent?: string;
  /** `http://user:password@host:port`, for `http` and `https` both; absent to go by the environment. */
  readonly proxy?: string;
  readonly limits: TransferLimits;
  readonly cache: CacheSettings;
  /** A call in which nothing moves for so long is given up; 5 minutes unless stated, and 0 for never. Milliseconds. */
  readonly stuckAfter?: number;
  /** A person waits for the first answer, so what does not answer is given up within seconds. */
  readonly isAwaited: boolean;
  /** ssh may ask that person at the terminal; as `isAwaited` unless stated: in an editor there is none. */
  readonly mayAsk?: boolean;
}

/** What servers are believed, and how they know us. */
export interface TlsSettings {
  /** Certificates in the form PEM that count besides those of the system. */
  readonly authorities?: readonly string[];
  /** A certificate and its private key, both in the form PEM. */
  readonly client?: string;
  /** Any certificate is believed. */
  readonly isUnchecked?: boolean;
}

/** Bytes in a second; absent for no limit. */
export interface TransferLimits {
  readonly upload?: number;
  readonly download?: number;
  /** Where all threads that open the storage keep account of what they move; each by itself without it. */
  readonly shared?: SharedArrayBuffer;
}

/** Limits that count for all threads of the process together. Bytes in a second. */
export function sharedLimits(limits: Pick<TransferLimits, 'upload' | 'download'>): TransferLimits {
  return { ...limits, shared: new SharedArrayBuffer(LIMITS_LENGTH) };
}

/** One number of 64 bits for each direction. Bytes. */
export const LIMITS_LENGTH = 16;

/** Where files of far storage are kept for the next time. */
export interface CacheSettings {
  /** Absolute; absent for the usual one of the user. */
  readonly folder?: string;
  readonly isOff?: boolean;
}

/** A place in restic's syntax, and how to get there. */
export function storageAt(location: string, access: StorageAccess = plainAccess): StorageSettings {
  return { location: parseLocation(location), access };
}

/** Without options or secrets: all that a folder needs. */
export const plainAccess: StorageAccess = {
  environment: {},
  options: {},
  tls: {},
  limits: {},
  cache: {},
  isAwaited: false,
};
