import type { Backend, FileHandle } from '../../backend/backend.ts';
import { errorCode, strikesEveryCall } from '../../base/errors.ts';
import type { PackId } from '../format/ids.ts';

/** The first blob of a pack is read alone, then twice as much each time, up to so many bytes. */
const LARGEST_WINDOW = 1024 * 1024;
/** A cache is not to fetch packs whole that are larger, whatever an index says of them. Bytes. */
export const LARGEST_CACHED = 64 * 1024 * 1024;
/** Windows are kept of so many packs. */
const MAX_WINDOWS = 4;

interface PackWindow {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads folders, which lie near each other in their packs, with fewer reads: the more is asked of a pack, the more of
 * it is read at once, and kept.
 */
export class PackWindows {
  readonly #backend: Backend;
  /** The one that was used last is the last. */
  readonly #windows = new Map<PackId, PackWindow>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /**
   * The bytes of a pack from `offset` on; `end` is where its blobs end, beyond which nothing is read.
   * Good until the next call. Throws what the backend throws.
   */
  async read(pack: PackId, offset: number, length: number, end: number): Promise<Uint8Array> {
    const kept = this.#windows.get(pack);
    const at = kept ? offset - kept.start : -1;
    if (kept && at >= 0 && at + length <= kept.bytes.length) return kept.bytes.subarray(at, at + length);
    const size = kept ? Math.min(2 * kept.bytes.length, LARGEST_WINDOW, end - offset) : 0;
    const bytes =
      (size > length && (await this.#tryLoad(pack, offset, size, end))) ||
      (await this.#load(pack, offset, length, end));
    this.#windows.delete(pack);
    this.#windows.set(pack, { start: offset, bytes });
    if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    return bytes.subarray(0, length);
  }

  /** The same from the storage itself: what was read before was damaged. */
  readAnew(pack: PackId, offset: number, length: number, end: number): Promise<Uint8Array> {
    this.#windows.delete(pack);
    return this.#load(pack, offset, length, end, true);
  }

  #load(pack: PackId, offset: number, length: number, end: number, fresh = false): Promise<Uint8Array> {
    const handle: FileHandle = { type: 'pack', name: pack, ...(end <= LARGEST_CACHED && { holds: 'trees' }) };
    return this.#backend.load(handle, { offset, length, ...(fresh && { fresh }) });
  }

  /** Nothing if that fails: the pack may be cut short behind the blob that is asked for. */
  async #tryLoad(pack: PackId, offset: number, length: number, end: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#load(pack, offset, length, end);
    } catch (error) {
      // Where the storage is away, it was asked for long enough; where it refuses, it would again.
      if (strikesEveryCall(error) || errorCode(error) === 'permission-denied') throw error;
      return undefined;
    }
  }
}
