import type { BlobId, BlobType, PackId } from '../../repository/format/ids.ts';
import { type PackEntry, packFileSize } from '../../repository/format/pack.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';

interface BlobKey {
  readonly type: BlobType;
  readonly id: BlobId;
}

/** How much of a pack is needed, from the index. */
export interface PackUsage {
  readonly id: PackId;
  /** Of both types in one pack: only very old repositories have that. */
  readonly type: BlobType | 'mixed';
  /** What the file must have. Bytes. */
  readonly size: number;
  usedBlobs: number;
  unusedBlobs: number;
  /** Bytes; the header counts as used. */
  usedBytes: number;
  unusedBytes: number;
  /** Blobs of which further copies lie elsewhere or here. */
  duplicateBlobs: number;
  /** Some blob is not compressed. */
  readonly hasPlainBlobs: boolean;
}

export interface PackUsages {
  readonly packs: PackUsage[];
  /** Further copies of needed blobs; they count as unused in their packs. */
  readonly duplicateBlobs: number;
  readonly duplicateBytes: number;
}

/**
 * Measures every pack of the index. Of a needed blob that occurs several times exactly one copy counts
 * as used: best in a pack that stays anyway, or in one that consists of such blobs (format notes 10.1,
 * step 2); one in a pack that is `broken`, whose file is missing or has another size, only if there is no other.
 * `needed` as from {@link markNeededBlobs}.
 */
export function measurePacks(
  index: BlobIndex,
  needed: Uint8Array,
  broken: ReadonlySet<PackId> = new Set(),
): PackUsages {
  const isSpare = ({ type, id }: BlobKey, pack: PackId) =>
    broken.has(pack) && index.locations(type, id).some(({ packId }) => !broken.has(packId));
  const copies = countCopies(index, needed, isSpare);
  const packs: PackUsage[] = [];
  for (const { id, blobs } of index.packs()) {
    const usage = newUsage(id, blobs);
    for (const blob of blobs) {
      const entry = index.entryOf(blob.type, blob.id);
      const spare = isSpare(blob, id);
      const isDuplicate = copies.has(entry) && !spare;
      if (isDuplicate) usage.duplicateBlobs++;
      count(usage, blob, needed[entry] === 1 && !isDuplicate && !spare ? 'used' : 'unused', 1);
    }
    packs.push(usage);
  }
  return { packs, ...chooseCopies(index, copies, packs, isSpare) };
}

/** By entry number, how often the needed blobs occur that occur more than once, spare ones left out. */
function countCopies(
  index: BlobIndex,
  needed: Uint8Array,
  isSpare: (blob: BlobKey, pack: PackId) => boolean,
): Map<number, number> {
  const copies = new Map<number, number>();
  const seen = new Uint8Array(needed.length);
  for (const { type, id, packId } of index.entries()) {
    const entry = index.entryOf(type, id);
    if (needed[entry] !== 1 || isSpare({ type, id }, packId)) continue;
    if (seen[entry] === 1) copies.set(entry, (copies.get(entry) ?? 1) + 1);
    seen[entry] = 1;
  }
  return copies;
}

/** Turns one copy of each blob in `copies` from unused into used, and counts the others. */
function chooseCopies(
  index: BlobIndex,
  copies: Map<number, number>,
  packs: readonly PackUsage[],
  isSpare: (blob: BlobKey, pack: PackId) => boolean,
) {
  const duplicates = { duplicateBlobs: 0, duplicateBytes: 0 };
  if (copies.size === 0) return duplicates;
  const isChosen = 0;
  let at = 0;
  for (const { id, blobs } of index.packs()) {
    const usage = packs[at++]!;
    if (usage.duplicateBlobs === 0) continue;
    const isAllDuplicates = usage.duplicateBlobs === blobs.length;
    for (const blob of blobs) {
      const entry = index.entryOf(blob.type, blob.id);
      const left = copies.get(entry);
      if (left === undefined || isSpare(blob, id)) continue;
      if (left !== isChosen && (usage.usedBlobs > 0 || isAllDuplicates || left === 1)) {
        copies.set(entry, isChosen);
        count(usage, blob, 'unused', -1);
        count(usage, blob, 'used', 1);
      } else {
        if (left !== isChosen) copies.set(entry, left - 1);
        duplicates.duplicateBlobs++;
        duplicates.duplicateBytes += blob.length;
      }
    }
  }
  return duplicates;
}

function newUsage(id: PackId, blobs: readonly PackEntry[]): PackUsage {
  const size = packFileSize(blobs);
  const types = new Set(blobs.map((blob) => blob.type));
  return {
    id,
    type: types.size > 1 ? 'mixed' : (blobs[0]?.type ?? 'data'),
    size,
    usedBlobs: 0,
    unusedBlobs: 0,
    usedBytes: blobs.reduce((rest, blob) => rest - blob.length, size),
    unusedBytes: 0,
    duplicateBlobs: 0,
    hasPlainBlobs: blobs.some((blob) => blob.uncompressedLength === 0),
  };
}

function count(usage: PackUsage, blob: PackEntry, kind: 'used' | 'unused', sign: 1 | -1): void {
  usage[`${kind}Blobs`] += sign;
  usage[`${kind}Bytes`] += sign * blob.length;
}
