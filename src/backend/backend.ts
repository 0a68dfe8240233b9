import type { StorageSettings } from '../base/storageAccess.ts';

/** The kinds of files in a repository (format notes, section 1). */
export type FileType = 'config' | 'key' | 'lock' | 'snapshot' | 'index' | 'pack';

/**
 * Bytes that a file of each type may have, or a part of it that is read, sealed or not and compressed or not: a
 * repository may be made to exhaust memory. restic keeps index files below some 8 MiB; of packs it is what one read
 * call takes on all systems.
 */
export const MAX_FILE_LENGTHS: Readonly<Record<FileType, number>> = {
  config: 64 * 1024,
  key: 64 * 1024,
  lock: 64 * 1024,
  snapshot: 64 * 1024 * 1024,
  index: 512 * 1024 * 1024,
  pack: 2 ** 31 - 1,
};

/** Names one file of a repository. `name` is 64 hex digits, and empty for `config`. */
export interface FileHandle {
  readonly type: FileType;
  readonly name: string;
  /** What a pack holds, where that is known: a cache keeps folders, and cold storage takes contents. */
  readonly holds?: 'trees' | 'contents';
}

export interface FileInfo {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was stored, in milliseconds since 1970 by the clock of the storage. Absent where that is not known. */
  readonly modified?: number;
}

/** A file in the folder of a type that stands for nothing there: a part of one that was to be stored, or an empty one. */
export interface Leftover {
  readonly type: FileType;
  /** Its place below that of the repository, with `/` between the parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** A part of a file. Bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** What a storage is like, for those who plan calls to it. */
export interface StorageProperties {
  /** So many calls at the same time make sense. */
  readonly connections: number;
  /** Each call is a round trip through a network: what can be asked for at once is, and what is read again is kept. */
  readonly isFar: boolean;
  /** Bytes that are read in about the time of one more call: a gap below that is read along. */
  readonly cheapGap: number;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call early, with `aborted`; what was begun is undone, or ends unseen. */
  readonly signal?: AbortSignal;
  /** A person waits: where far storage does not answer, the call is given up within seconds. */
  readonly isAwaited?: boolean;
  /**
   * For far storage to call with each piece of content, of 64 KiB or so, just before it is sent or just after it was
   * received. What it returns is awaited before more is moved: limits slow down by it, and what stands still is noticed.
   */
  readonly onBytes?: BytesListener;
}

/** Hears how many bytes move; may reject, which ends the call with that. */
export type BytesListener = (direction: 'up' | 'down', count: number) => Promise<void> | undefined;

export interface SaveOptions extends CallOptions {
  /** May be called once the content is not needed any more, before the file is durable. */
  readonly onTaken?: () => void;
  /** A `config` may take the place of the one there, at once. Storage that cannot do so throws `repository-exists`. */
  readonly replaces?: true;
}

/** The whole file unless `offset` (0 by default) and `length` (to the end by default) name a part. */
export interface LoadOptions extends CallOptions, Partial<ByteRange> {
  /** May be used for the answer if that fits, in place of new memory. */
  readonly room?: Buffer;
  /** From the storage itself and from no cache: what came before was not what it should be. */
  readonly fresh?: boolean;
}

/**
 * Where the bytes of one repository rest. It knows files and nothing of their content. Behaviour
 * such as retry, limits, caching or faults for tests is another implementation around this one.
 *
 * Only `file-not-found` says that something is not there, and `target-unavailable` with the reason `folder-missing`
 * or `place-missing` that the whole repository is not; all else says that nobody knows: what is away is not absent.
 *
 * Failures are `CairnError`s. One with `mayPass` may be gone when the same call is made again.
 */
export interface Backend {
  /** For people: a path or URL without a password. */
  readonly location: string;

  /** What `openBackend` takes to open the same place in another thread. Never shown. */
  readonly settings: StorageSettings;

  readonly properties: StorageProperties;

  /** Makes the folders of an empty repository. Harmless when they exist. */
  create(options?: CallOptions): Promise<void>;

  /**
   * Stores a file. When it resolves, the file is complete and durable under its name; when it
   * rejects or the process dies, no file of that name is there in part (one that was there before may stay). Two
   * files of the same name have the same content, so that what is there already may be left as it is; but a `config`,
   * without which all else is lost, is replaced only as `replaces` says: else that throws `repository-exists`.
   * @param data the content, in parts to be written one after the other; not kept after the call.
   */
  save(handle: FileHandle, data: readonly Uint8Array[], options?: SaveOptions): Promise<void>;

  /**
   * Reads a file or a part of it. A part that reaches beyond the end is an error: `repository-damaged`.
   * Throws `file-not-found`.
   */
  load(handle: FileHandle, options?: LoadOptions): Promise<Buffer>;

  /** Throws `file-not-found`. */
  stat(handle: FileHandle, options?: CallOptions): Promise<FileInfo>;

  /**
   * Removes a file for good. Harmless if it is gone: not all storage says so. Throws `read-only` or `permission-denied`
   * where the storage forbids it.
   */
  remove(handle: FileHandle, options?: CallOptions): Promise<void>;

  /** All files of a type, in no order. Entries whose name is not 64 hex digits are left out. */
  list(type: Exclude<FileType, 'config'>, options?: CallOptions): Promise<FileInfo[]>;

  /**
   * What writers leave that are cut off, in no order. The same is there for a moment while a file is stored. Empty
   * where the storage itself sees to it.
   */
  leftovers(options?: CallOptions): Promise<Leftover[]>;

  /** Removes what `leftovers` found. Harmless if it is gone. */
  removeLeftover(leftover: Leftover, options?: CallOptions): Promise<void>;

  /** Gives back connections, programs and descriptors. The backend is of no use afterwards. */
  close(): Promise<void>;
}
