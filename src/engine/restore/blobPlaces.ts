import { MAX_BLOB_LENGTHS, SEAL_OVERHEAD } from '../../repository/format/pack.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import { plainLength, type BlobIndex, type BlobLocation } from '../../repository/index/blobIndex.ts';
import type { Failure } from './restoreProblems.ts';

const MAX_BLOB_LENGTH = MAX_BLOB_LENGTHS.data;
/** Compression can make incompressible content a little longer. */
const MAX_SEALED_LENGTH = MAX_BLOB_LENGTH + MAX_BLOB_LENGTH / 128 + SEAL_OVERHEAD;

/** The content of a file, as the index has it. */
export interface FoundContent {
  /** The numbers of its blobs in the index. */
  readonly entries: readonly number[];
  /** The plain length of each, in bytes. */
  readonly lengths: readonly number[];
  /** Bytes of all. */
  readonly size: number;
}

/** The places of a data blob, by its number in the index, that may be read: lengths are within bounds. */
export function readablePlaces(index: BlobIndex, entry: number): BlobLocation[] {
  return index.locationsOf(entry).filter(isReadable);
}

function isReadable(place: BlobLocation): boolean {
  const isSealed = place.length >= SEAL_OVERHEAD && place.length <= MAX_SEALED_LENGTH;
  return isSealed && plainLength(place) <= MAX_BLOB_LENGTH;
}

/** Looks up a file's blobs, or says why the content cannot be had. */
export function findContent(index: BlobIndex, content: readonly BlobId[]): FoundContent | Failure {
  const entries: number[] = [];
  const lengths: number[] = [];
  let size = 0;
  for (const id of content) {
    const entry = index.entryOf('data', id);
    const place = entry < 0 ? undefined : readablePlaces(index, entry)[0];
    if (!place) return unreadable(index, id);
    const length = plainLength(place);
    entries.push(entry);
    lengths.push(length);
    size += length;
  }
  return { entries, lengths, size };
}

function unreadable(index: BlobIndex, id: BlobId): Failure {
  const part = `a part of its content (blob ${id.slice(0, 8)})`;
  return index.isStored('data', id)
    ? { code: 'blob-damaged', message: `It was not restored: the index gives an impossible length for ${part}.` }
    : { code: 'blob-missing', message: `It was not restored: ${part} is missing from the repository.` };
}
