import { CairnError } from '../../base/errors.ts';
import type { Sealer } from '../crypto/seal.ts';
import type { BlobId } from '../format/ids.ts';
import { sha256Hex } from '../hash.ts';
import type { ZstdContext } from '../zstd.ts';

/** What opens blobs: those of a repository, or of a codec thread. */
export interface BlobKeys {
  readonly sealer: Sealer;
  readonly zstd: ZstdContext;
}

/**
 * Turns a sealed blob into its plain content and proves it: authentic, of the stated length, and of
 * the right hash. `plainLength` is the index's `uncompressedLength`, 0 for a blob that is not
 * compressed. Throws `blob-damaged`.
 */
export function openBlob(
  sealed: Uint8Array,
  id: BlobId,
  plainLength: number,
  keys: BlobKeys,
  rooms?: BlobRooms,
): Buffer {
  return openStoredBlob(sealed, id, plainLength, keys, rooms).plain;
}

/** Memory to be used instead of new, where a blob fits; what is in it is good until the next blob. */
export interface BlobRooms {
  readonly stored: Buffer;
  readonly plain: Buffer;
}

/** As {@link openBlob}; also gives what is inside the seal, which is compressed if `plainLength` is not 0. */
export function openStoredBlob(
  sealed: Uint8Array,
  id: BlobId,
  plainLength: number,
  keys: BlobKeys,
  rooms?: BlobRooms,
): { stored: Buffer; plain: Buffer } {
  const stored = keys.sealer.open(sealed, rooms?.stored);
  const plain = plainLength > 0 ? keys.zstd.decompress(stored, plainLength, rooms?.plain) : stored;
  if (sha256Hex(plain) !== id) {
    throw new CairnError('blob-damaged', `The content of blob ${id} does not match its id.`, { details: { id } });
  }
  return { stored, plain };
}
