import { createHash } from 'node:crypto';
import { CairnError } from '../../base/errors.ts';
import type { GiveWay } from '../../base/giveWay.ts';
import { displayPath } from '../../base/rawName.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import { plainLength, type BlobIndex } from '../../repository/index/blobIndex.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import { fstat } from '../../disk/stats.ts';
import { openForReading, closeFile, readAt } from '../../disk/openFile.ts';

const PIECE_LENGTH = 1024 * 1024;

/**
 * Compares files on the disk with the content that a snapshot recorded for them. The index knows how
 * long each blob is, so the file is not cut into chunks: the same bytes have the same hashes at the same
 * places, whatever cut them.
 */
export class DiskContent {
  bytesRead = 0;
  readonly #index: BlobIndex;
  readonly #giveWay: GiveWay;
  readonly #buffer = Buffer.allocUnsafeSlow(PIECE_LENGTH);

  constructor(index: BlobIndex, giveWay: GiveWay) {
    this.#index = index;
    this.#giveWay = giveWay;
  }

  /**
   * Whether the file holds exactly these blobs; reads up to the first difference. Throws the system's
   * error if it cannot be read, and `blob-missing` if the index does not know a blob.
   */
  async equals(path: string, content: readonly BlobId[]): Promise<boolean> {
    const blobs = content.map((id) => ({ id, length: this.#lengthOf(id, path) }));
    const size = blobs.reduce((sum, blob) => sum + blob.length, 0);
    const descriptor = withReachablePath(path, openForReading);
    try {
      const stats = fstat(descriptor);
      if (!stats.isFile() || stats.size !== size) return false;
      let position = 0;
      for (const { id, length } of blobs) {
        if ((await this.#hash(descriptor, position, length)) !== id) return false;
        position += length;
      }
      return readAt(descriptor, this.#buffer, 0, 1, position) === 0;
    } finally {
      closeFile(descriptor);
    }
  }

  #lengthOf(id: BlobId, path: string): number {
    const location = this.#index.locations('data', id)[0];
    if (location) return plainLength(location);
    throw new CairnError(
      'blob-missing',
      `The content of "${displayPath(path)}" in the snapshot is missing from the repository. "cairn verify" shows what else is.`,
      { details: { path: displayPath(path), id } },
    );
  }

  async #hash(descriptor: number, start: number, length: number): Promise<string> {
    const hash = createHash('sha256');
    for (let done = 0; done < length;) {
      await this.#giveWay();
      const wanted = Math.min(length - done, PIECE_LENGTH);
      const count = readAt(descriptor, this.#buffer, 0, wanted, start + done);
      if (count === 0) break;
      hash.update(this.#buffer.subarray(0, count));
      this.bytesRead += count;
      done += count;
    }
    return hash.digest('hex');
  }
}
