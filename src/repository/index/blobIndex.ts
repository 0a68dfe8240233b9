import { asId, type BlobId, type BlobType, type IndexId, type PackId } from '../format/ids.ts';
import type { IndexedPack } from '../format/indexFile.ts';
import { entryLength, PACK_TRAILER_LENGTH, SEAL_OVERHEAD, type PackEntry } from '../format/pack.ts';
import {
  ABANDONED,
  BlobTable,
  GONE,
  PENDING,
  UNWRITTEN,
  WORDS_PER_ID,
  WORDS_PER_PLACE,
  type SharedIndex,
} from './blobTable.ts';

/** Where a blob lies; `length` and `uncompressedLength` as in {@link PackEntry}. */
export interface BlobLocation {
  readonly packId: PackId;
  readonly offset: number;
  readonly length: number;
  readonly uncompressedLength: number;
}

/** A blob of a pack, as the table takes it in. */
export type PlacedBlob = Omit<PackEntry, 'id'> & { readonly id: BlobId | Uint8Array };

/** Bytes of the plain blob at a place, as the index states it. */
export function plainLength(location: Pick<BlobLocation, 'length' | 'uncompressedLength'>): number {
  return location.uncompressedLength || Math.max(location.length - SEAL_OVERHEAD, 0);
}

function allocate(capacity: number): SharedIndex {
  const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
  return {
    count: new SharedArrayBuffer(4),
    ids: new SharedArrayBuffer(capacity * WORDS_PER_ID * 4),
    places: new SharedArrayBuffer(capacity * WORDS_PER_PLACE * 4),
    slots: new SharedArrayBuffer(slots * 4),
  };
}

/** The owner's view of the table; see {@link SharedIndex}. */
export class BlobIndex extends BlobTable {
  /** The index files whose content is in the table. */
  readonly files = new Set<IndexId>();
  #shared: SharedIndex;
  readonly #packIds: PackId[] = [];
  readonly #packNumbers = new Map<PackId, number>();
  readonly #packEnds: number[] = [];
  readonly #packSizes: number[] = [];

  constructor(capacity = 65_536) {
    const shared = allocate(capacity);
    super(shared);
    this.#shared = shared;
  }

  /** What another thread needs for a {@link BlobTable}. Changes when the index grows. */
  get shared(): SharedIndex {
    return this.#shared;
  }

  /** Entries in use, those without a location included. */
  get size(): number {
    return Math.min(this.count[0]!, this.capacity);
  }

  /** Ids of all packs that were ever added, in the order of their numbers. */
  get packIds(): readonly PackId[] {
    return this.#packIds;
  }

  /** Where the last blob of a pack ends, in bytes; 0 if the pack is not listed. */
  packEnd(id: PackId): number {
    return this.#packEnds[(this.#packNumbers.get(id) ?? 0) - 1] ?? 0;
  }

  /** What the file of a pack has at least, in bytes; 0 if the pack is not listed. */
  packSize(id: PackId): number {
    return this.#packSizes[(this.#packNumbers.get(id) ?? 0) - 1] ?? 0;
  }

  /**
   * To be told that the files of packs are missing or cut short: from now on their blobs may be reserved, and are not
   * present. Their locations stay, since a part of a file may still be read.
   */
  markGone(packs: readonly PackId[]): void {
    const numbers = new Set(packs.map((id) => this.#packNumbers.get(id)));
    for (let entry = 0; entry < this.size; entry++) {
      if (this.hasLocation(entry) && numbers.has(this.packNumber(entry))) {
        this.places[entry * WORDS_PER_PLACE]! |= GONE << 1;
      }
    }
  }

  /** True if the pack is listed. */
  hasPack(id: PackId): boolean {
    return this.#packNumbers.has(id);
  }

  /**
   * Makes room for at least `entries` more. Must not be called while another thread may `reserve`;
   * afterwards the other threads need the new {@link shared}. Returns true if the memory moved.
   */
  ensureRoom(entries: number): boolean {
    if (this.size + entries <= this.capacity) return false;
    const next = allocate(Math.max(this.capacity * 2, this.size + entries));
    const { ids, places, size } = this;
    this.#shared = next;
    this.count = new Int32Array(next.count);
    this.ids = new Int32Array(next.ids);
    this.places = new Uint32Array(next.places);
    this.slots = new Int32Array(next.slots);
    this.ids.set(ids.subarray(0, size * WORDS_PER_ID));
    this.places.set(places.subarray(0, size * WORDS_PER_PLACE));
    this.count[0] = size;
    const mask = this.slots.length - 1;
    for (let entry = 0; entry < size; entry++) {
      const pack = this.packNumber(entry);
      if (pack === ABANDONED || pack === UNWRITTEN) continue;
      let slot = this.ids[entry * WORDS_PER_ID]! & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry + 1;
    }
    return true;
  }

  /**
   * Records where the blobs of a stored pack lie. A reservation is fulfilled; a second location of a
   * blob is kept beside the first; the same location twice is dropped.
   */
  addPack(id: PackId, blobs: Iterable<PlacedBlob>): void {
    let pack = this.#packNumbers.get(id);
    if (pack === undefined) {
      pack = this.#packIds.push(id);
      this.#packNumbers.set(id, pack);
    }
    let end = this.#packEnds[pack - 1] ?? 0;
    let header = PACK_TRAILER_LENGTH + SEAL_OVERHEAD;
    for (const blob of blobs) {
      this.#addLocation(blob, pack);
      end = Math.max(end, blob.offset + blob.length);
      header += entryLength(blob);
    }
    this.#packEnds[pack - 1] = end;
    this.#packSizes[pack - 1] = Math.max(this.#packSizes[pack - 1] ?? 0, end + header);
  }

  /** All places of a blob, empty if it is unknown or only reserved. */
  locations(type: BlobType, id: BlobId | Uint8Array): BlobLocation[] {
    this.setKey(id);
    return this.#locationsOfKey(type);
  }

  /** All places of the blob with this number; see {@link entryOf}. */
  locationsOf(entry: number): BlobLocation[] {
    this.setKey(this.idBytes(entry));
    return this.#locationsOfKey(this.places[entry * WORDS_PER_PLACE]! & 1 ? 'tree' : 'data');
  }

  #locationsOfKey(type: BlobType): BlobLocation[] {
    const found: BlobLocation[] = [];
    for (let slot = this.firstSlot(); ; slot = (slot + 1) & (this.slots.length - 1)) {
      const entry = this.slots[slot]! - 1;
      if (entry < 0) return found;
      if (this.matches(entry, type) && this.hasLocation(entry)) found.push(this.#location(entry));
    }
  }

  /**
   * A number for the place of the blob with this number: reading in the order of these goes through each pack from front
   * to back. The numbers of the blobs do not tell, since restic lists the blobs of a pack in no order.
   */
  placeOrder(entry: number): number {
    return this.packNumber(entry) * 2 ** 32 + this.places[entry * WORDS_PER_PLACE + 1]!;
  }

  /** The 32 bytes of the id with this number; see {@link entryOf}. A view of the table, to be used at once. */
  idBytes(entry: number): Uint8Array {
    return new Uint8Array(this.ids.buffer, entry * WORDS_PER_ID * 4, WORDS_PER_ID * 4);
  }

  /** True if the blob lies in a stored pack; a mere reservation does not count. */
  isStored(type: BlobType, id: BlobId | Uint8Array): boolean {
    this.setKey(id);
    const entry = this.findEntry(type, this.firstSlot());
    return entry >= 0 && this.hasLocation(entry);
  }

  /** True if the blob is stored in a pack that is not known to be gone. */
  isPresent(type: BlobType, id: BlobId | Uint8Array): boolean {
    this.setKey(id);
    for (let slot = this.firstSlot(); ; slot = (slot + 1) & (this.slots.length - 1)) {
      const entry = this.slots[slot]! - 1;
      if (entry < 0) return false;
      if (this.matches(entry, type) && this.hasLocation(entry) && !this.isGone(entry)) return true;
    }
  }

  /** True if one of the entries from number `from` on was reserved and is not stored. */
  hasReservations(from: number): boolean {
    for (let entry = from; entry < this.size; entry++) if (this.packNumber(entry) === PENDING) return true;
    return false;
  }

  /** Every location of every stored blob, in the order in which they were added. */
  *entries(): Generator<BlobLocation & { type: BlobType; id: BlobId }> {
    const bytes = Buffer.from(this.ids.buffer, 0, this.size * WORDS_PER_ID * 4);
    for (let entry = 0; entry < this.size; entry++) {
      if (!this.hasLocation(entry)) continue;
      const type = this.places[entry * WORDS_PER_PLACE]! & 1 ? 'tree' : 'data';
      yield { type, id: asId<BlobId>(bytes.toString('hex', entry * 32, entry * 32 + 32)), ...this.#location(entry) };
    }
  }

  /** Every pack that is listed, with all its blobs in the order of their offsets. Takes four bytes a blob. */
  *packs(): Generator<IndexedPack> {
    const { starts, order } = this.#groupByPack();
    const bytes = Buffer.from(this.ids.buffer, 0, this.size * WORDS_PER_ID * 4);
    for (let pack = 0; pack < starts.length - 1; pack++) {
      const blobs: PackEntry[] = [];
      for (const entry of order.subarray(starts[pack], starts[pack + 1])) {
        const base = entry * WORDS_PER_PLACE;
        blobs.push({
          type: this.places[base]! & 1 ? 'tree' : 'data',
          id: asId<BlobId>(bytes.toString('hex', entry * 32, entry * 32 + 32)),
          offset: this.places[base + 1]!,
          length: this.places[base + 2]!,
          uncompressedLength: this.places[base + 3]!,
        });
      }
      yield { id: this.#packIds[pack]!, blobs: blobs.sort((a, b) => a.offset - b.offset) };
    }
  }

  /** Entry numbers sorted by pack; those of pack number n + 1 begin at `starts[n]`. */
  #groupByPack(): { starts: Uint32Array; order: Uint32Array } {
    const size = this.size;
    const starts = new Uint32Array(this.#packIds.length + 1);
    for (let entry = 0; entry < size; entry++) if (this.hasLocation(entry)) starts[this.packNumber(entry) - 1]!++;
    for (let pack = 1; pack < starts.length; pack++) starts[pack]! += starts[pack - 1]!;
    const order = new Uint32Array(starts.at(-1)!);
    // From the end on, so that each group keeps the order of the entries and `starts` comes to say where it begins.
    for (let entry = size - 1; entry >= 0; entry--) {
      if (this.hasLocation(entry)) order[--starts[this.packNumber(entry) - 1]!] = entry;
    }
    return { starts, order };
  }

  #location(entry: number): BlobLocation {
    const base = entry * WORDS_PER_PLACE;
    return {
      packId: this.#packIds[this.packNumber(entry) - 1]!,
      offset: this.places[base + 1]!,
      length: this.places[base + 2]!,
      uncompressedLength: this.places[base + 3]!,
    };
  }

  #addLocation(blob: PlacedBlob, pack: number): void {
    this.setKey(blob.id);
    const mask = this.slots.length - 1;
    for (let slot = this.firstSlot(); ; slot = (slot + 1) & mask) {
      const entry = Atomics.load(this.slots, slot) - 1;
      if (entry < 0) break;
      if (!this.matches(entry, blob.type)) continue;
      const known = this.packNumber(entry);
      const same = known === pack && this.places[entry * WORDS_PER_PLACE + 1] === blob.offset;
      if (known === PENDING) this.write(entry, blob.type, pack, blob.offset, blob.length, blob.uncompressedLength);
      if (known === PENDING || same) return;
    }
    this.#append(blob, pack);
  }

  #append(blob: PlacedBlob, pack: number): void {
    let entry = Atomics.add(this.count, 0, 1);
    if (entry >= this.capacity) {
      this.count[0] = this.capacity;
      this.ensureRoom(1);
      this.setKey(blob.id);
      entry = this.count[0]!;
      this.count[0] = entry + 1;
    }
    this.write(entry, blob.type, pack, blob.offset, blob.length, blob.uncompressedLength);
    const mask = this.slots.length - 1;
    let slot = this.firstSlot();
    while (Atomics.compareExchange(this.slots, slot, 0, entry + 1) !== 0) slot = (slot + 1) & mask;
  }
}
