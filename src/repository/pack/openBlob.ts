import { CairnError } from '../../base/errors.ts';
import type { Sealer } from '../crypto/seal.ts';
import type { BlobId, BlobType } from '../format/ids.ts';
import { MAX_BLOB_LENGTHS, SEAL_OVERHEAD } from '../format/pack.ts';
import { sha256Hex } from '../hash.ts';
import type { ZstdContext } from '../zstd.ts';

/** What opens blobs: those of a repository, or of a codec thread. */
export interface BlobKeys {
  readonly sealer: Sealer;
  readonly zstd: ZstdContext;
}

/** What the index says of a blob. */
export interface BlobFacts {
  readonly type: BlobType;
  readonly id: BlobId;
  /** Bytes; 0 for a blob that is not compressed. */
  readonly uncompressedLength: number;
}

/**
 * Turns a sealed blob into its plain content and proves it: of a length that its type may have, which is seen before
 * anything is unpacked, authentic, of the stated length, and of the right hash. Throws as {@link checkBlobLength},
 * and `blob-damaged`.
 */
export function openBlob(sealed: Uint8Array, blob: BlobFacts, keys: BlobKeys, rooms?: BlobRooms): Buffer {
  return openStoredBlob(sealed, blob, keys, rooms).plain;
}

/** Memory to be used instead of new, where a blob fits; what is in it is good until the next blob. */
export interface BlobRooms {
  readonly stored: Buffer;
  readonly plain: Buffer;
}

/** As {@link openBlob}; also gives what is inside the seal, which is compressed if the index says so. */
export function openStoredBlob(
  sealed: Uint8Array,
  blob: BlobFacts,
  keys: BlobKeys,
  rooms?: BlobRooms,
): { stored: Buffer; plain: Buffer } {
  const { id, uncompressedLength: plainLength } = blob;
  checkBlobLength(blob, sealed.length);
  const stored = keys.sealer.open(sealed, rooms?.stored);
  const plain = plainLength > 0 ? keys.zstd.decompress(stored, plainLength, rooms?.plain) : stored;
  if (sha256Hex(plain) !== id) {
    throw new CairnError('blob-damaged', `The content of blob ${id} does not match its id.`, { details: { id } });
  }
  return { stored, plain };
}

/** Throws `repository-unsupported` if the content of a blob, or its sealed form, is longer than its type may be. Bytes. */
export function checkBlobLength({ type, id, uncompressedLength }: BlobFacts, sealedLength: number): void {
  const stored = sealedLength - SEAL_OVERHEAD;
  const longest = MAX_BLOB_LENGTHS[type];
  // What cannot be compressed grows a little.
  if (uncompressedLength <= longest && stored <= longest + (uncompressedLength > 0 ? longest / 128 : 0)) return;
  throw new CairnError(
    'repository-unsupported',
    `The ${type === 'tree' ? 'folder' : 'file'} content ${id.slice(0, 8)} is said to have ${Math.max(uncompressedLength, stored)} bytes, more than the ${longest} that this program reads. Use restic for it if you trust the repository.`,
    { details: { type, id } },
  );
}
