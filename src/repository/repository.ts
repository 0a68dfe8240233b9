/**
 * A repository in the restic format: a backend and the master key that opens what lies there. A
 * repository holds no state beyond that; the index, locks, snapshots and packs are the business of
 * the files beside this one.
 */
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompressSync } from 'node:zlib';
import { MAX_FILE_LENGTHS, type Backend, type FileType } from '../backend/backend.ts';
import { aheadOf } from '../base/atOnce.ts';
import { CairnError, errorCode } from '../base/errors.ts';
import { freeMemory } from '../base/freeMemory.ts';
import { createPolynomial, isIrreducible } from './chunker/polynomial.ts';
import { createKeyFile, openKeyFile, parseKeyFile, type KeyCost, keyFileToJson } from './crypto/keyFile.ts';
import { createMasterKey, type MasterKey } from './crypto/masterKey.ts';
import { Sealer } from './crypto/seal.ts';
import { configToJson, parseConfig, type Config } from './format/config.ts';
import { asId, type IndexId, type KeyId, type LockId, type SnapshotId } from './format/ids.ts';
import { sha256Hex } from './hash.ts';
import { compressBound, ZstdContext } from './zstd.ts';
import { measureFrame } from './zstdFrame.ts';

/** Files that are sealed JSON, named by the hash of their bytes (format notes 1, 2.4). */
interface UnpackedIds {
  index: IndexId;
  snapshot: SnapshotId;
  lock: LockId;
}
export type UnpackedType = keyof UnpackedIds;

/** restic tries at most this many keys (format notes 2.3). */
const MAX_KEYS_TRIED = 20;
/** Bytes by which the memory for a file of unknown length grows. */
const UNPACK_STEP = 1024 * 1024;
const ZSTD_MARK = 2;
/** Bytes that are compressed in less than a millisecond. */
const MAX_COMPRESSED_HERE = 128 * 1024;
const compress = promisify(zstdCompress);

/** How what is stored anew is packed, where a person has a say in it. */
export interface PackingOptions {
  /** `off`: contents of files are stored as they are; what describes them is still compressed. */
  readonly compression?: 'auto' | 'off' | 'max';
  /** Packs are closed at so many bytes. */
  readonly packTarget?: number;
}

/** An open repository. Made by {@link openRepository} and {@link createRepository}. */
export class Repository {
  readonly backend: Backend;
  readonly config: Config;
  readonly masterKey: MasterKey;
  /** The key file that opened it. */
  readonly keyId: KeyId;
  readonly packing: PackingOptions;
  /** For use in this thread only. */
  readonly sealer: Sealer;
  /** For use in this thread only. */
  readonly zstd = new ZstdContext();

  constructor(backend: Backend, config: Config, masterKey: MasterKey, keyId: KeyId, packing: PackingOptions = {}) {
    this.backend = backend;
    this.config = config;
    this.masterKey = masterKey;
    this.keyId = keyId;
    this.packing = packing;
    this.sealer = new Sealer(masterKey);
  }

  /** The same repository, reached or packed in another way. */
  over(backend: Backend, packing = this.packing): Repository {
    return new Repository(backend, this.config, this.masterKey, this.keyId, packing);
  }

  /**
   * The plain JSON bytes of a file. What was read is checked against its name, and read once more
   * before it is called damaged. Throws `file-not-found` or `repository-damaged`.
   */
  async readFile<T extends UnpackedType>(type: T, id: UnpackedIds[T], signal?: AbortSignal): Promise<Buffer> {
    const options = signal ? { signal } : {};
    let sealed = await this.backend.load({ type, name: id }, options);
    if (sha256Hex(sealed) !== id) sealed = await this.backend.load({ type, name: id }, { ...options, fresh: true });
    try {
      if (sha256Hex(sealed) !== id) throw new CairnError('blob-damaged', 'its content does not match its name');
      return decodeUnpacked(this.sealer.open(sealed), this.zstd, MAX_FILE_LENGTHS[type]);
    } catch (cause) {
      throw new CairnError(
        'repository-damaged',
        `The ${type} file ${id.slice(0, 8)} in ${this.backend.location} is damaged. "cairn verify" shows what that affects.`,
        { cause, details: { type, id } },
      );
    }
  }

  /** Stores JSON as a new file; it is durable when this resolves. */
  async writeFile<T extends UnpackedType>(type: T, json: string): Promise<UnpackedIds[T]> {
    const plain = Buffer.from(json, 'utf8');
    const sealed = this.sealer.seal(this.config.version === 1 ? plain : await this.#compress(plain));
    freeMemory(plain);
    const id = asId<UnpackedIds[T]>(sha256Hex(sealed));
    await this.backend.save({ type, name: id }, [sealed]);
    return id;
  }

  /** Another thread is worth its price for what is large. */
  async #compress(plain: Buffer): Promise<Buffer> {
    const mark = Buffer.from([ZSTD_MARK]);
    if (plain.length > MAX_COMPRESSED_HERE) return Buffer.concat([mark, await compress(plain)]);
    const frame = Buffer.allocUnsafe(compressBound(plain.length));
    return Buffer.concat([mark, frame.subarray(0, this.zstd.compress(plain, frame, 0))]);
  }
}

/** Undoes the encoding of format notes 2.4, for at most `maxLength` bytes of content. */
function decodeUnpacked(encoded: Buffer, zstd: ZstdContext, maxLength: number): Buffer {
  const first = encoded[0];
  if (first === undefined || first === 0x7b || first === 0x5b) return encoded;
  if (first !== ZSTD_MARK) throw new CairnError('blob-damaged', `it begins with the unknown byte ${first}`);
  const frame = encoded.subarray(1);
  // The kept context halves the time that thousands of snapshots take, but has to know the length.
  const { contentLength } = measureFrame(frame);
  if (contentLength === undefined) {
    return zstdDecompressSync(frame, { maxOutputLength: maxLength, chunkSize: UNPACK_STEP });
  }
  if (contentLength <= maxLength) return zstd.decompress(frame, contentLength);
  throw new CairnError(
    'blob-damaged',
    `its content claims ${contentLength} bytes, more than the ${maxLength} it may have`,
  );
}

/** Who creates a key: shown by `key list`. */
export interface KeyOwner {
  readonly hostname: string;
  readonly username: string;
}

export interface CreateRepositoryOptions {
  readonly password: string;
  readonly keyCost: KeyCost;
  readonly owner: KeyOwner;
  /** RFC 3339. */
  readonly created: string;
  /** Format version; 2 unless stated. */
  readonly version?: 1 | 2;
  /** That of another repository, to share content ids with it; random unless stated. */
  readonly chunkerPolynomial?: bigint;
}

/**
 * Makes an empty repository: the key file first, then the config (format notes 3). One that was cut off between
 * the two is completed, if the password is the same.
 * Throws `repository-exists` if there is one, or the rest of one.
 */
export async function createRepository(backend: Backend, options: CreateRepositoryOptions): Promise<Repository> {
  await refuseExisting(backend);
  const begun = await findBegun(backend, options.password);
  if (!begun) await backend.create();
  const { keyId, masterKey } = begun ?? (await createFirstKey(backend, options));
  const config: Config = {
    version: options.version ?? 2,
    id: randomBytes(32).toString('hex'),
    chunkerPolynomial: options.chunkerPolynomial ?? createPolynomial(),
  };
  const sealed = new Sealer(masterKey).seal(Buffer.from(configToJson(config), 'utf8'));
  try {
    await backend.save({ type: 'config', name: '' }, [sealed]);
  } catch (error) {
    if (errorCode(error) !== 'repository-exists') throw error;
    const owner = await findOwner(backend, config, masterKey).catch(() => 'unknown');
    // Another init was faster. A key of ours beside its own would open, by the same password, nothing.
    if (!begun && owner === 'another key') await removeQuietly(backend, keyId);
    if (owner !== 'this init') throw error;
  }
  return new Repository(backend, config, masterKey, keyId);
}

/**
 * Who stored the config that is there. It may be ours though its saving was refused, since the answer to an earlier try
 * may get lost; and another init by the same password may have completed what it found begun, with our key.
 */
async function findOwner(
  backend: Backend,
  { id }: Config,
  masterKey: MasterKey,
): Promise<'this init' | 'this key' | 'another key'> {
  const sealed = await backend.load({ type: 'config', name: '' });
  let json: Buffer;
  try {
    json = new Sealer(masterKey).open(sealed);
  } catch {
    return 'another key';
  }
  return parseConfig(json).id === id ? 'this init' : 'this key';
}

async function removeQuietly(backend: Backend, key: KeyId): Promise<void> {
  await backend.remove({ type: 'key', name: key }).catch(() => {});
}

async function createFirstKey(
  backend: Backend,
  { password, keyCost, created, owner }: CreateRepositoryOptions,
): Promise<FoundKey> {
  const masterKey = createMasterKey();
  const keyFile = await createKeyFile({ password, masterKey, cost: keyCost, created, ...owner });
  return { keyId: await saveKeyFile(backend, keyFileToJson(keyFile)), masterKey };
}

/** Stores the JSON of a key file under its hash. */
export async function saveKeyFile(backend: Backend, json: string): Promise<KeyId> {
  const bytes = Buffer.from(json, 'utf8');
  const id = asId<KeyId>(sha256Hex(bytes));
  await backend.save({ type: 'key', name: id }, [bytes]);
  return id;
}

async function refuseExisting(backend: Backend): Promise<void> {
  if (await hasConfig(backend)) throw repositoryExists(backend, 'its config file');
  for (const type of ['snapshot', 'index', 'pack'] as const) {
    if (await hasAny(backend, type)) throw repositoryExists(backend, `a file of type ${type}`);
  }
}

function repositoryExists({ location }: Backend, what: string): CairnError {
  return new CairnError('repository-exists', `There is a repository at ${location} already: ${what} exists.`);
}

/** The key of a repository that holds nothing else yet. Throws `repository-exists` if the password does not open it. */
async function findBegun(backend: Backend, password: string): Promise<FoundKey | undefined> {
  if (!(await hasAny(backend, 'key'))) return undefined;
  try {
    const names = (await backend.list('key')).map((file) => file.name).sort();
    return await findKey(backend, names, { password });
  } catch (error) {
    if (errorCode(error) !== 'wrong-password' && errorCode(error) !== 'repository-damaged') throw error;
    throw repositoryExists(backend, 'a key file for another password');
  }
}

async function hasAny(backend: Backend, type: Exclude<FileType, 'config'>): Promise<boolean> {
  try {
    return (await backend.list(type)).length > 0;
  } catch (error) {
    if (missingPart(error) === undefined) throw error;
    return false;
  }
}

async function hasConfig(backend: Backend): Promise<boolean> {
  try {
    await backend.stat({ type: 'config', name: '' });
    return true;
  } catch (error) {
    if (missingPart(error) === undefined) throw error;
    return false;
  }
}

/** What the storage says is not there; nothing if it did not say so: then it is away, and may hold anything. */
export function missingPart(error: unknown): 'file' | 'folder' | 'place' | undefined {
  if (errorCode(error) === 'file-not-found') return 'file';
  if (!(error instanceof CairnError) || error.code !== 'target-unavailable') return undefined;
  const reason = error.details?.['reason'];
  return reason === 'folder-missing' ? 'folder' : reason === 'place-missing' ? 'place' : undefined;
}

export interface OpenRepositoryOptions {
  readonly password: string;
  /** Id, or unique prefix, of the key to try first. */
  readonly keyHint?: string;
}

/** A repository that is there, and that its password will open. */
export interface FoundRepository {
  /** Throws `wrong-password`, `repository-unsupported`, `repository-damaged`. */
  open(options: OpenRepositoryOptions): Promise<Repository>;
}

/** Finds a repository and opens it. Throws as {@link findRepository} and its `open`. */
export async function openRepository(backend: Backend, options: OpenRepositoryOptions): Promise<Repository> {
  return (await findRepository(backend)).open(options);
}

/**
 * Looks for a repository, which is worth doing before a password is asked for. Throws `repository-not-found` if there
 * is none, and `target-unavailable` if even the place where it would be is missing, such as a drive.
 */
export async function findRepository(backend: Backend): Promise<FoundRepository> {
  const [sealed, keys] = await Promise.allSettled([
    backend.load({ type: 'config', name: '' }),
    backend.list('key'),
  ] as const);
  if (sealed.status === 'rejected') throw explainMissing(backend, sealed.reason);
  if (keys.status === 'rejected') throw keys.reason;
  const names = keys.value.map((file) => file.name).sort();
  return {
    async open(options) {
      const { keyId, masterKey } = await findKey(backend, names, options);
      const config = parseConfig(openConfig(sealed.value, masterKey, backend.location));
      if (isIrreducible(config.chunkerPolynomial)) return new Repository(backend, config, masterKey, keyId);
      const message = `The config of ${backend.location} has an invalid chunker polynomial.`;
      throw new CairnError('repository-damaged', message);
    },
  };
}

function explainMissing({ location }: Backend, error: unknown): unknown {
  const missing = missingPart(error);
  if (missing !== 'file' && missing !== 'folder') return error;
  const message = `There is no repository at ${location}. Check the location, or create one with "cairn init".`;
  return new CairnError('repository-not-found', message, { details: { location } });
}

function openConfig(sealed: Buffer, masterKey: MasterKey, location: string): Buffer {
  try {
    return new Sealer(masterKey).open(sealed);
  } catch (cause) {
    const message = `The config file of ${location} is damaged. Put back a copy of it: without it nothing there can be read.`;
    throw new CairnError('repository-damaged', message, { cause });
  }
}

/** Throws nothing; the caller does. */
export function damagedKeyFile(name: string, location: string): CairnError {
  const message = `The key file ${name.slice(0, 8)} in ${location} is damaged. Put back a copy of it, or use the password of another key.`;
  return new CairnError('repository-damaged', message);
}

interface FoundKey {
  readonly keyId: KeyId;
  readonly masterKey: MasterKey;
}

async function findKey(backend: Backend, names: readonly string[], options: OpenRepositoryOptions): Promise<FoundKey> {
  if (names.length === 0) {
    throw new CairnError(
      'repository-damaged',
      `The repository at ${backend.location} has no key file, without which nothing in it can be read. Put back its folder "keys".`,
    );
  }
  const { keyHint: hint } = options;
  const hinted = hint ? names.toSorted((a, b) => Number(b.startsWith(hint)) - Number(a.startsWith(hint))) : names;
  const tried = hinted.slice(0, MAX_KEYS_TRIED);
  const load = async (name: string) => {
    const settled = await Promise.allSettled([backend.load({ type: 'key', name })]);
    return { name, loaded: settled[0] };
  };
  let damaged: unknown;
  for await (const { name, loaded } of aheadOf(tried, backend.properties.connections, load)) {
    try {
      if (loaded.status === 'rejected') throw loaded.reason;
      const bytes = loaded.value;
      if (sha256Hex(bytes) !== name) throw damagedKeyFile(name, backend.location);
      return { keyId: asId<KeyId>(name), masterKey: await openKeyFile(parseKeyFile(bytes), options.password) };
    } catch (error) {
      if (errorCode(error) === 'repository-damaged') damaged ??= error;
      else if (errorCode(error) !== 'wrong-password') throw error;
    }
  }
  // A damaged key must not hide that another one would have opened the repository.
  if (damaged !== undefined) throw damaged;
  throw new CairnError('wrong-password', `The password does not open the repository at ${backend.location}.`, {
    details: { location: backend.location, keys: names.length },
  });
}
