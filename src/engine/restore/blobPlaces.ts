import { SEAL_OVERHEAD } from '../../repository/format/pack.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import { plainLength, type BlobIndex, type BlobLocation } from '../../repository/index/blobIndex.ts';
import type { Failure } from './restoreProblems.ts';

/**
 * No data blob is longer when plain: chunks have at most 8 MiB (format notes 8.1). An index that claims more
 * is damaged or made to exhaust memory.
 */
const MAX_BLOB_LENGTH = 64 * 1024 * 1024;
/** Compression can make incompressible content a little longer. */
const MAX_SEALED_LENGTH = MAX_BLOB_LENGTH + MAX_BLOB_LENGTH / 128 + SEAL_OVERHEAD;

/** The places of a data blob that may be read: lengths are within bounds. */
export function readablePlaces(index: BlobIndex, id: BlobId | Uint8Array): BlobLocation[] {
  return index.locations('data', id).filter((place) => {
    const isSealed = place.length >= SEAL_OVERHEAD && place.length <= MAX_SEALED_LENGTH;
    return isSealed && plainLength(place) <= MAX_BLOB_LENGTH;
  });
}

/** Plain length of each blob, or why the content cannot be had. */
export function contentLengths(index: BlobIndex, content: readonly BlobId[]): number[] | Failure {
  const lengths: number[] = [];
  for (const id of content) {
    const place = readablePlaces(index, id)[0];
    if (!place) return unreadable(index, id);
    lengths.push(plainLength(place));
  }
  return lengths;
}

function unreadable(index: BlobIndex, id: BlobId): Failure {
  const part = `a part of its content (blob ${id.slice(0, 8)})`;
  return index.isStored('data', id)
    ? { code: 'blob-damaged', message: `It was not restored: the index gives an impossible length for ${part}.` }
    : { code: 'blob-missing', message: `It was not restored: ${part} is missing from the repository.` };
}
