/** Key files (format notes 2.3): the master key, sealed by a key that scrypt derives from a password. */
import { randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { MAX_FILE_LENGTHS } from '../../backend/backend.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { masterKeyToJson, parseMasterKey, type MasterKey } from './masterKey.ts';
import { Sealer } from './seal.ts';

/** What a guess of the password costs: about 128·N·r bytes of memory, and time in proportion to N·r·p. */
export interface KeyCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * For passwords that people choose: 32 MiB, and the work that OWASP's Password Storage Cheat Sheet asks of
 * scrypt; restic measures the machine and takes about as much.
 */
export const PERSON_KEY_COST: KeyCost = { N: 32768, r: 8, p: 3 };
/** For random passwords, which cannot be guessed at any cost. */
export const RANDOM_PASSWORD_KEY_COST: KeyCost = { N: 16384, r: 8, p: 1 };

/** A key file; byte fields are base64, as they stand there. */
export interface KeyFile extends KeyCost {
  /** RFC 3339; for display only, as are the two names. */
  readonly created: string;
  readonly username: string;
  readonly hostname: string;
  readonly salt: string;
  /** The sealed master key. */
  readonly data: string;
}

export interface CreateKeyFileOptions {
  readonly password: string;
  readonly masterKey: MasterKey;
  readonly username: string;
  readonly hostname: string;
  /** RFC 3339. */
  readonly created: string;
  readonly cost: KeyCost;
}

const SALT_LENGTH = 64;
/** A sealed buffer is never shorter. */
const MIN_DATA_LENGTH = 32;
/** Real key files have some 450 bytes. */
const MAX_KEY_FILE_LENGTH = MAX_FILE_LENGTHS.key;
const deriveBytes = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** JSON in restic's field order, no newline. */
export function keyFileToJson({ created, username, hostname, N, r, p, salt, data }: KeyFile): string {
  return JSON.stringify({ created, username, hostname, kdf: 'scrypt', N, r, p, salt, data });
}

/** Throws `repository-damaged` for what is no key file, or would cost more than the format allows. */
export function parseKeyFile(bytes: Uint8Array): KeyFile {
  if (bytes.length > MAX_KEY_FILE_LENGTH) throw damaged(`it has ${bytes.length} bytes`);
  let json: Record<string, unknown> | null;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8')) as typeof json;
  } catch {
    throw damaged('it is not valid JSON');
  }
  const { created, username, hostname, kdf, salt, data, ...parameters } = json ?? {};
  if (kdf !== 'scrypt') throw damaged('it does not name scrypt as the way to derive the key');
  if (!isAffordable(parameters)) throw damaged('its parameters for scrypt are out of range');
  if (typeof salt !== 'string' || decode(salt).length !== SALT_LENGTH) throw damaged('its salt does not have 64 bytes');
  if (typeof data !== 'string' || decode(data).length < MIN_DATA_LENGTH) throw damaged('it has no master key');
  const { N, r, p } = parameters;
  return { created: asText(created), username: asText(username), hostname: asText(hostname), N, r, p, salt, data };
}

/** The limits of format notes 2.3: below 2 GiB of memory. */
function isAffordable(parameters: object): parameters is KeyCost {
  const { N, r, p } = parameters as Readonly<Record<string, unknown>>;
  if (!isCount(N) || !isCount(r) || !isCount(p)) return false;
  const isPowerOfTwo = N > 1 && 2 ** Math.round(Math.log2(N)) === N;
  return isPowerOfTwo && r * p < 2 ** 30 && 128 * r * p < 2 ** 31 && 128 * N * r < 2 ** 31;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/**
 * The master key in a key file. Deriving takes a moment, but not of this thread.
 * Throws `wrong-password`, or `repository-damaged`.
 */
export async function openKeyFile(keyFile: KeyFile, password: string): Promise<MasterKey> {
  const user = new Sealer(await deriveKey(password, decode(keyFile.salt), keyFile));
  let plain: Buffer;
  try {
    plain = user.open(decode(keyFile.data));
  } catch (error) {
    if (errorCode(error) !== 'blob-damaged') throw error;
    throw new CairnError('wrong-password', 'The password does not open this repository. Check it and try again.');
  }
  return parseMasterKey(plain);
}

/** A new key file, with which the password opens what the master key protects. */
export async function createKeyFile({ password, masterKey, cost, ...about }: CreateKeyFileOptions): Promise<KeyFile> {
  const salt = randomBytes(SALT_LENGTH);
  const user = new Sealer(await deriveKey(password, salt, cost));
  const data = user.seal(Buffer.from(masterKeyToJson(masterKey), 'utf8'));
  const { created, username, hostname } = about;
  const { N, r, p } = cost;
  return { created, username, hostname, N, r, p, salt: salt.toString('base64'), data: data.toString('base64') };
}

async function deriveKey(password: string, salt: Buffer, { N, r, p }: KeyCost): Promise<MasterKey> {
  let bytes: Buffer;
  try {
    bytes = await deriveBytes(password, salt, 64, { N, r, p, maxmem: 128 * r * (N + p + 4) });
  } catch (cause) {
    throw damaged('scrypt does not take its parameters', cause);
  }
  return { encrypt: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48, 64) };
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function damaged(what: string, cause?: unknown): CairnError {
  return new CairnError('repository-damaged', `A key file of the repository is damaged: ${what}.`, { cause });
}
