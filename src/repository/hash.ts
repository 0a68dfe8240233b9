import { hash } from 'node:crypto';
import { asId, type BlobId } from './format/ids.ts';

/** SHA-256 as 64 hex digits: the name of what is stored, the id of a blob's plain content. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex');
}

/** The id of a blob with this plain content (format notes 4.1). */
export function blobId(plain: Uint8Array): BlobId {
  return asId<BlobId>(hash('sha256', plain, 'hex'));
}
