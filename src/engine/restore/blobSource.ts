import type { Backend } from '../../backend/backend.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { BlobId, PackId } from '../../repository/format/ids.ts';
import type { BlobLocation } from '../../repository/index/blobIndex.ts';
import { openBlob, type BlobKeys } from '../../repository/pack/openBlob.ts';
import type { CodecRooms } from '../codec/codecContext.ts';

/** Where a run of blobs lies, in the order in which they are wanted. */
export interface BlobPlaces {
  /** The packs that `numbers` refers to. */
  readonly packs: readonly PackId[];
  /** Four a blob: pack, offset, length, plain length as in the index (0: not compressed). */
  readonly numbers: Uint32Array;
  /** Further places of blobs that lie in several packs, by the number of the blob. */
  readonly others: ReadonlyMap<number, readonly BlobLocation[]>;
}

/** How much is read at a time, and how much that nobody wants is read along to save a call. Bytes. */
const MAX_READ = 1024 * 1024;
const MAX_GAP = 128 * 1024;
/** What is held in memory, unless a single blob is larger. Of far storage the same again is on its way. Bytes. */
const MAX_WINDOW = 2 * 1024 * 1024;
const MAX_FAR_WINDOW = 4 * 1024 * 1024;
const NUMBERS_PER_BLOB = 4;

/** What opens the blobs, and memory that they may use. */
export interface BlobSourceKeys extends BlobKeys {
  readonly rooms?: CodecRooms;
}

/** A piece of a pack that is read at once. */
interface Segment {
  readonly pack: number;
  readonly offset: number;
  end: number;
  /** Where in the room it is put. */
  readonly roomStart: number;
  bytes?: Buffer;
  /** Of far storage: it is on its way. */
  coming?: Promise<Buffer>;
  hasFailed?: boolean;
}

/** What is read for some blobs that follow each other. */
interface Window {
  readonly first: number;
  /** By blob, from `first` on. */
  readonly segments: readonly Segment[];
}

/**
 * Reads blobs one after the other. Those that lie close to each other are read with one call; bounded memory
 * however long the run is. Of far storage the calls for a window are made at once, and those for the next one while it
 * is used.
 */
export class BlobSource {
  readonly #backend: Backend;
  readonly #keys: BlobSourceKeys;
  readonly #places: BlobPlaces;
  #window: Window = { first: 0, segments: [] };
  /** Of far storage: what is read ahead. */
  #next: Window | undefined;
  #last: { readonly id: BlobId; readonly plain: Buffer } | undefined;

  constructor(backend: Backend, keys: BlobSourceKeys, places: BlobPlaces) {
    this.#backend = backend;
    this.#keys = keys;
    this.#places = places;
  }

  /** Of far storage the first blobs are fetched from now on, before anybody reads them. */
  begin(): void {
    if (this.#backend.properties.isFar) this.#next ??= this.#fetchWindow(0);
  }

  /**
   * The plain content of the blob with this number, which must have this id. Each place where it lies is
   * tried, the first one twice. The result is valid until the next call. Throws what the last try failed with.
   */
  async read(blob: number, id: BlobId): Promise<Buffer> {
    // A file of zeros is thousands of times the same blob.
    if (this.#last?.id !== id) this.#last = { id, plain: await this.#readAnew(blob, id) };
    return this.#last.plain;
  }

  async #readAnew(blob: number, id: BlobId): Promise<Buffer> {
    const place = this.#place(blob);
    const fromSegment = await this.#readSegment(blob, place);
    if (fromSegment) {
      try {
        return openBlob(
          fromSegment,
          { type: 'data', id, uncompressedLength: place.uncompressedLength },
          this.#keys,
          this.#keys.rooms,
        );
      } catch {
        // Read again below, by itself.
      }
    }
    let failure: unknown;
    for (const { packId, offset, length, uncompressedLength } of [place, ...(this.#places.others.get(blob) ?? [])]) {
      try {
        const sealed = await this.#backend.load({ type: 'pack', name: packId }, { offset, length });
        return openBlob(sealed, { type: 'data', id, uncompressedLength }, this.#keys, this.#keys.rooms);
      } catch (error) {
        if (isHopeless(error)) throw error;
        failure ??= error;
      }
    }
    throw describe(failure, id);
  }

  /** The sealed blob as a part of what was read for several; undefined if that failed. */
  async #readSegment(blob: number, { offset, length }: BlobLocation): Promise<Buffer | undefined> {
    const { first, segments } = this.#window;
    if (blob < first || blob >= first + segments.length) this.#moveTo(blob);
    const segment = this.#window.segments[blob - this.#window.first]!;
    if (!segment.bytes && !segment.hasFailed) {
      try {
        segment.bytes = await (segment.coming ?? this.#load(segment, this.#keys.rooms?.read));
      } catch (error) {
        if (isHopeless(error)) throw error;
        // One of the blobs may lie beyond the end of a pack that was cut off; the others need not suffer.
        segment.hasFailed = true;
      }
    }
    return segment.bytes?.subarray(offset - segment.offset, offset - segment.offset + length);
  }

  #load({ pack, offset, end, roomStart }: Segment, room?: Buffer): Promise<Buffer> {
    const options = { offset, length: end - offset, ...(room && { room: room.subarray(roomStart) }) };
    return this.#backend.load({ type: 'pack', name: this.#places.packs[pack]! }, options);
  }

  /** Makes the window begin with a blob. */
  #moveTo(blob: number): void {
    if (!this.#backend.properties.isFar) {
      this.#window = this.#planWindow(blob);
      return;
    }
    this.#window = this.#next?.first === blob ? this.#next : this.#fetchWindow(blob);
    const following = blob + this.#window.segments.length;
    this.#next = following * NUMBERS_PER_BLOB < this.#places.numbers.length ? this.#fetchWindow(following) : undefined;
  }

  /** Begins to read all of a window. */
  #fetchWindow(first: number): Window {
    const window = this.#planWindow(first);
    for (const segment of new Set(window.segments)) {
      segment.coming = this.#load(segment);
      // Whoever reads it hears of it.
      segment.coming.catch(() => {});
    }
    return window;
  }

  /** Decides how the blobs from this one on are read, until the window is full. */
  #planWindow(first: number): Window {
    const { numbers } = this.#places;
    const { isFar, cheapGap } = this.#backend.properties;
    const [maxWindow, maxGap] = isFar ? [MAX_FAR_WINDOW, cheapGap] : [MAX_WINDOW, MAX_GAP];
    const count = numbers.length / NUMBERS_PER_BLOB;
    const known = new Map<number, Segment>();
    const segments: Segment[] = [];
    let current: Segment | undefined;
    let total = 0;
    for (let blob = first; blob < count; blob++) {
      const at = blob * NUMBERS_PER_BLOB;
      const pack = numbers[at]!;
      const offset = numbers[at + 1]!;
      const length = numbers[at + 2]!;
      const key = pack * 2 ** 32 + offset;
      let segment = known.get(key);
      if (!segment) {
        const added = current && extension(current, pack, offset, length, maxGap);
        if (total > 0 && total + (added ?? length) > maxWindow) break;
        if (current && added !== undefined) current.end += added;
        else current = { pack, offset, end: offset + length, roomStart: total };
        total += added ?? length;
        segment = current;
        known.set(key, segment);
      }
      segments.push(segment);
    }
    return { first, segments };
  }

  #place(blob: number): BlobLocation {
    const at = blob * NUMBERS_PER_BLOB;
    const { packs, numbers } = this.#places;
    return {
      packId: packs[numbers[at]!]!,
      offset: numbers[at + 1]!,
      length: numbers[at + 2]!,
      uncompressedLength: numbers[at + 3]!,
    };
  }
}

/** How many bytes more the segment gets with this blob; undefined if it should not have it. */
function extension(segment: Segment, pack: number, offset: number, length: number, maxGap: number): number | undefined {
  const isNear = pack === segment.pack && offset >= segment.end && offset - segment.end <= maxGap;
  const end = offset + length;
  return isNear && end - segment.offset <= MAX_READ ? end - segment.end : undefined;
}

/** Where another try would fail like this one. */
function isHopeless(error: unknown): boolean {
  return ['aborted', 'target-unavailable'].includes(errorCode(error));
}

/** Says which blob it was, unless the storage as a whole is the trouble. */
function describe(error: unknown, id: BlobId): unknown {
  const code = error instanceof CairnError ? error.code : undefined;
  if (code === undefined || code === 'target-unavailable' || code === 'permission-denied') return error;
  return new CairnError(
    'blob-damaged',
    `It was not restored: a part of its content (blob ${id.slice(0, 8)}) cannot be read from the repository. "cairn verify" shows what else is affected.`,
    { cause: error, details: { id } },
  );
}
