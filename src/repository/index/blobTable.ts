import type { BlobId, BlobType } from '../format/ids.ts';

/**
 * Which blob lies where, for one open repository: an append-only table in shared memory with an open
 * hash over it. One thread owns the table: it alone adds locations, grows the table and reads
 * locations. Any thread may `reserve` a blob that it is about to store, without a lock; so no two
 * threads store the same content.
 *
 * An entry takes 48 bytes and two to four hash slots of 4 bytes. Memory that is not yet used is
 * reserved but not touched.
 */
export interface SharedIndex {
  readonly count: SharedArrayBuffer;
  readonly ids: SharedArrayBuffer;
  readonly places: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
}

/** What {@link BlobTable.reserve} found. */
export type Reservation = 'new' | 'known' | 'full';

export const WORDS_PER_ID = 8;
export const WORDS_PER_PLACE = 4;
/** Pack numbers begin at 1. These mark entries without a location: not written yet, given up, reserved. */
export const UNWRITTEN = 0;
export const ABANDONED = 0x3fff_fffe;
export const PENDING = 0x3fff_ffff;
/** Marks the number of a pack whose file is gone: its blobs have a location, and may be stored again. */
export const GONE = 0x2000_0000;

/** The part of the index that any thread may use: is this blob there, and may I store it? */
export class BlobTable {
  protected count: Int32Array;
  protected ids: Int32Array;
  protected places: Uint32Array;
  protected slots: Int32Array;
  readonly #scratch = Buffer.alloc(32);
  readonly #key = new Int32Array(this.#scratch.buffer, this.#scratch.byteOffset, WORDS_PER_ID);

  constructor(shared: SharedIndex) {
    this.count = new Int32Array(shared.count);
    this.ids = new Int32Array(shared.ids);
    this.places = new Uint32Array(shared.places);
    this.slots = new Int32Array(shared.slots);
  }

  /** True if the blob is listed, or reserved by some thread. */
  has(type: BlobType, id: BlobId | Uint8Array): boolean {
    this.setKey(id);
    return this.findEntry(type, this.firstSlot()) >= 0;
  }

  /** Claims a blob for storing. `known`: it is there or claimed already; `full`: no room to remember it. */
  reserve(type: BlobType, id: BlobId | Uint8Array): Reservation {
    this.setKey(id);
    const mask = this.slots.length - 1;
    let fresh = -1;
    for (let slot = this.firstSlot(); ; slot = (slot + 1) & mask) {
      let entry = Atomics.load(this.slots, slot) - 1;
      if (entry < 0) {
        if (fresh < 0) {
          fresh = Atomics.add(this.count, 0, 1);
          if (fresh >= this.capacity) return 'full';
          this.write(fresh, type, PENDING, 0, 0, 0);
        }
        // The entry is complete before its number is published, so whoever sees the number sees the entry.
        entry = Atomics.compareExchange(this.slots, slot, 0, fresh + 1) - 1;
        if (entry < 0) return 'new';
      }
      if (this.matches(entry, type) && !this.isGone(entry)) {
        if (fresh >= 0) this.write(fresh, type, ABANDONED, 0, 0, 0);
        return 'known';
      }
    }
  }

  /**
   * A number for the blob, below `size` and the same as long as the table lives: for keeping a byte or
   * bit a blob beside it. -1 if the blob is unknown.
   */
  entryOf(type: BlobType, id: BlobId | Uint8Array): number {
    this.setKey(id);
    return this.findEntry(type, this.firstSlot());
  }

  /** How many entries fit. */
  get capacity(): number {
    return this.places.length / WORDS_PER_PLACE;
  }

  protected setKey(id: BlobId | Uint8Array): void {
    if (typeof id === 'string') this.#scratch.write(id, 'hex');
    else this.#scratch.set(id);
  }

  protected firstSlot(): number {
    return this.#key[0]! & (this.slots.length - 1);
  }

  protected matches(entry: number, type: BlobType): boolean {
    const base = entry * WORDS_PER_ID;
    for (let word = 0; word < WORDS_PER_ID; word++) if (this.ids[base + word] !== this.#key[word]) return false;
    return (this.places[entry * WORDS_PER_PLACE]! & 1) === (type === 'tree' ? 1 : 0);
  }

  /** The first entry of the blob from `slot` on, or -1. */
  protected findEntry(type: BlobType, slot: number): number {
    const mask = this.slots.length - 1;
    for (; ; slot = (slot + 1) & mask) {
      const entry = Atomics.load(this.slots, slot) - 1;
      if (entry < 0 || this.matches(entry, type)) return entry;
    }
  }

  protected write(entry: number, type: BlobType, pack: number, offset: number, length: number, plain: number): void {
    this.ids.set(this.#key, entry * WORDS_PER_ID);
    const base = entry * WORDS_PER_PLACE;
    this.places[base] = ((pack << 1) | (type === 'tree' ? 1 : 0)) >>> 0;
    this.places[base + 1] = offset;
    this.places[base + 2] = length;
    this.places[base + 3] = plain;
  }

  protected packNumber(entry: number): number {
    const pack = this.places[entry * WORDS_PER_PLACE]! >>> 1;
    return pack < ABANDONED ? pack & ~GONE : pack;
  }

  /** True for a blob of a pack that {@link BlobIndex.markGone} was told of. */
  protected isGone(entry: number): boolean {
    const pack = this.places[entry * WORDS_PER_PLACE]! >>> 1;
    return pack < ABANDONED && (pack & GONE) !== 0;
  }

  protected hasLocation(entry: number): boolean {
    const pack = this.packNumber(entry);
    return pack !== UNWRITTEN && pack < ABANDONED;
  }
}
