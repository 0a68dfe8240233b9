import type { BlobId, BlobType, PackId } from '../../repository/format/ids.ts';
import type { BlobIndex, BlobLocation } from '../../repository/index/blobIndex.ts';
import type { Loss } from './findings.ts';

/** Which places of blobs are known to be bad, and which blobs are lost for that. */
export class Damage {
  readonly #index: BlobIndex;
  readonly #missingPacks = new Set<PackId>();
  readonly #badPlaces = new Set<string>();

  constructor(index: BlobIndex) {
    this.#index = index;
  }

  /** The same knowledge about another index of the same packs. */
  carryTo(index: BlobIndex): Damage {
    const carried = new Damage(index);
    for (const pack of this.#missingPacks) carried.#missingPacks.add(pack);
    for (const place of this.#badPlaces) carried.#badPlaces.add(place);
    return carried;
  }

  addMissingPack(pack: PackId): void {
    this.#missingPacks.add(pack);
  }

  addBadBlob(pack: PackId, offset: number): void {
    this.#badPlaces.add(`${pack}${offset}`);
  }

  /** True if nothing bad is known of the place. */
  isGood({ packId, offset }: Pick<BlobLocation, 'packId' | 'offset'>): boolean {
    return !this.#missingPacks.has(packId) && !this.#badPlaces.has(`${packId}${offset}`);
  }

  /** Undefined for a blob of which at least one place is good. */
  lossOf(type: BlobType, id: BlobId): Loss | undefined {
    const isUnharmed = this.#missingPacks.size === 0 && this.#badPlaces.size === 0;
    if (isUnharmed) return this.#index.isStored(type, id) ? undefined : 'MISSING';
    const places = this.#index.locations(type, id);
    if (places.some((place) => this.isGood(place))) return undefined;
    return places.some((place) => !this.#missingPacks.has(place.packId)) ? 'CORRUPT' : 'MISSING';
  }
}
