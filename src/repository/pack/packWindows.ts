import type { Backend } from '../../backend/backend.ts';
import type { PackId } from '../format/ids.ts';

/** The first blob of a pack is read alone, then twice as much each time, up to so many bytes. */
const LARGEST_WINDOW = 1024 * 1024;
/** Windows are kept of so many packs. */
const MAX_WINDOWS = 4;

interface PackWindow {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads blobs that lie near each other with fewer reads: the more is asked of a pack, the more of it is
 * read at once, and kept.
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
      (size > length && (await this.#tryLoad(pack, offset, size))) || (await this.#load(pack, offset, length));
    this.#windows.delete(pack);
    this.#windows.set(pack, { start: offset, bytes });
    if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    return bytes.subarray(0, length);
  }

  #load(pack: PackId, offset: number, length: number): Promise<Uint8Array> {
    return this.#backend.load({ type: 'pack', name: pack }, { offset, length });
  }

  /** Nothing if that fails: the pack may be cut short behind the blob that is asked for. */
  async #tryLoad(pack: PackId, offset: number, length: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#load(pack, offset, length);
    } catch {
      return undefined;
    }
  }
}
