import { CairnError } from '../../base/errors.ts';
import type { Sealer } from '../crypto/seal.ts';
import type { BlobId } from '../format/ids.ts';
import { sha256Hex } from '../hash.ts';
import type { ZstdContext } from '../zstd.ts';

/**
 * Turns a sealed blob into its plain content and proves it: authentic, of the stated length, and of
 * the right hash. `plainLength` is the index's `uncompressedLength`, 0 for a blob that is not
 * compressed. Throws `blob-damaged`.
 */
export function openBlob(
  sealed: Uint8Array,
  id: BlobId,
  plainLength: number,
  keys: { readonly sealer: Sealer; readonly zstd: ZstdContext },
): Buffer {
  const opened = keys.sealer.open(sealed);
  const plain = plainLength > 0 ? keys.zstd.decompress(opened, plainLength) : opened;
  if (sha256Hex(plain) !== id) {
    throw new CairnError('blob-damaged', `The content of blob ${id} does not match its id.`, { details: { id } });
  }
  return plain;
}
