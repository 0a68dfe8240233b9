import { createHash } from 'node:crypto';
import { throwIfAborted } from '../../base/abort.ts';
import { errorCode, strikesEveryCall } from '../../base/errors.ts';
import type { StorageSettings } from '../../base/storageAccess.ts';
import type {
  Backend,
  CallOptions,
  FileHandle,
  FileInfo,
  FileType,
  Leftover,
  LoadOptions,
  SaveOptions,
  StorageProperties,
} from '../backend.ts';
import { isFileName } from '../layout.ts';
import { isKeptType, type CacheFiles } from './cacheFiles.ts';

/** What was listed is held against the cache once in so long. Milliseconds. */
const TIDY_INTERVAL = 3_600_000;

/**
 * Keeps index files, snapshots and packs of folders on this machine, and reads them there the next time. Everything is
 * stored elsewhere first: the cache may go at any moment. What comes out of it is right or is not used: files by the
 * hash that is their name, and parts of packs by whoever opens the blobs in them, who asks anew with `fresh`.
 */
export class CachedBackend implements Backend {
  readonly location: string;
  readonly settings: StorageSettings;
  readonly properties: StorageProperties;
  readonly #inner: Backend;
  readonly #files: CacheFiles;
  /** Types and names of what was stored or fetched through this object, if nothing else counts. */
  readonly #own: Set<string> | undefined;
  /** Packs that are on their way. */
  readonly #fetching = new Map<string, Promise<Buffer>>();
  /** Packs that cannot be kept: not each part of them is to bring the whole. */
  readonly #unkept = new Set<string>();
  readonly #tidiedAt = new Map<FileType, number>();

  constructor(inner: Backend, files: CacheFiles, believesOnlyItself = false) {
    this.#inner = inner;
    this.#files = files;
    this.#own = believesOnlyItself ? new Set() : undefined;
    this.location = inner.location;
    this.settings = inner.settings;
    this.properties = inner.properties;
  }

  /** The same, but everything is fetched once more: to prove what the storage holds. */
  doubting(): CachedBackend {
    return new CachedBackend(this.#inner, this.#files, true);
  }

  async save(handle: FileHandle, data: readonly Uint8Array[], options: SaveOptions = {}): Promise<void> {
    if (!isKept(handle)) return this.#inner.save(handle, data, options);
    const { onTaken, ...rest } = options;
    await this.#inner.save(handle, data, rest);
    this.#keep(handle, data);
    onTaken?.();
  }

  async load(handle: FileHandle, options: LoadOptions = {}): Promise<Buffer> {
    if (!isKept(handle)) return this.#inner.load(handle, options);
    throwIfAborted(options.signal);
    if (options.fresh) this.#files.remove(handle);
    return handle.type === 'pack' ? this.#loadPart(handle, options) : this.#loadWhole(handle, options);
  }

  async remove(handle: FileHandle, options?: CallOptions): Promise<void> {
    await this.#inner.remove(handle, options);
    if (isKeptType(handle.type)) this.#files.remove(handle);
  }

  async list(type: Exclude<FileType, 'config'>, options?: CallOptions): Promise<FileInfo[]> {
    const listed = await this.#inner.list(type, options);
    const tidiedAt = this.#tidiedAt.get(type) ?? -Infinity;
    if (isKeptType(type) && performance.now() - tidiedAt > TIDY_INTERVAL) {
      this.#tidiedAt.set(type, performance.now());
      this.#files.keepOnly(type, new Set(listed.map(({ name }) => name)));
    }
    return listed;
  }

  create(options?: CallOptions): Promise<void> {
    return this.#inner.create(options);
  }

  stat(handle: FileHandle, options?: CallOptions): Promise<FileInfo> {
    return this.#inner.stat(handle, options);
  }

  leftovers(options?: CallOptions): Promise<Leftover[]> {
    return this.#inner.leftovers(options);
  }

  removeLeftover(leftover: Leftover, options?: CallOptions): Promise<void> {
    return this.#inner.removeLeftover(leftover, options);
  }

  async close(): Promise<void> {
    this.#files.trim();
    await this.#inner.close();
  }

  async #loadWhole(handle: FileHandle, options: LoadOptions): Promise<Buffer> {
    const { offset, length, fresh } = options;
    if (offset !== undefined || length !== undefined) return this.#inner.load(handle, options);
    const kept = fresh ? undefined : this.#read(handle);
    if (kept && isAsNamed(handle, kept)) return kept;
    const content = await this.#inner.load(handle, options);
    if (isAsNamed(handle, content)) this.#keep(handle, [content]);
    return content;
  }

  /** The first part of a pack that is asked for brings all of it: folders are read one after the other. */
  async #loadPart(handle: FileHandle, options: LoadOptions): Promise<Buffer> {
    const { offset = 0, length } = options;
    const kept = options.fresh ? undefined : this.#read(handle, { offset, ...(length !== undefined && { length }) });
    if (kept) return kept;
    if (!this.#files.canWrite || this.#unkept.has(handle.name)) return this.#inner.load(handle, options);
    const whole = await this.#fetch(handle, options).catch((error: unknown) => {
      // Where all of it cannot be had, the part may be, unless it is nobody's to be had.
      const isHopeless = ['aborted', 'file-not-found', 'permission-denied'].includes(errorCode(error));
      if (isHopeless || strikesEveryCall(error)) throw error;
    });
    const end = length === undefined ? whole?.length : offset + length;
    if (!whole || end === undefined || !(offset >= 0 && end >= offset && end <= whole.length)) {
      return this.#inner.load(handle, options);
    }
    const part = Buffer.allocUnsafeSlow(end - offset);
    whole.copy(part, 0, offset, end);
    return part;
  }

  async #fetch(handle: FileHandle, { signal, isAwaited }: CallOptions): Promise<Buffer> {
    // Who has little patience and who has much wait for none of each other.
    const key = isAwaited ? `${handle.name} awaited` : handle.name;
    for (;;) {
      const begun = this.#fetching.get(key);
      if (!begun) break;
      const content = await begun.catch((error: unknown) => {
        // Whoever began it was cancelled, and we were not.
        if (errorCode(error) !== 'aborted') throw error;
      });
      throwIfAborted(signal);
      if (content) return content;
    }
    const options = { ...(signal && { signal }), ...(isAwaited && { isAwaited }) };
    const fetched = this.#fetchWhole(handle, options).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetched);
    return fetched;
  }

  async #fetchWhole(handle: FileHandle, options: CallOptions): Promise<Buffer> {
    const content = await this.#inner.load(handle, options);
    if (!isAsNamed(handle, content) || !this.#keep(handle, [content])) this.#unkept.add(handle.name);
    return content;
  }

  #read(handle: FileHandle, range?: { offset: number; length?: number }): Buffer | undefined {
    return this.#own && !this.#own.has(keyOf(handle)) ? undefined : this.#files.read(handle, range);
  }

  #keep(handle: FileHandle, data: readonly Uint8Array[]): boolean {
    const isKept = this.#files.save(handle, data);
    if (isKept) this.#own?.add(keyOf(handle));
    return isKept;
  }
}

function keyOf({ type, name }: FileHandle): string {
  return `${type} ${name}`;
}

function isKept({ type, name, holds }: FileHandle): boolean {
  return isKeptType(type) && (type !== 'pack' || holds === 'trees') && isFileName(name);
}

function isAsNamed({ name }: FileHandle, content: Buffer): boolean {
  return createHash('sha256').update(content).digest('hex') === name;
}
