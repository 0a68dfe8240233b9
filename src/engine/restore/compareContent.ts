import type { BlobId } from '../../repository/format/ids.ts';
import { sha256Hex } from '../../repository/hash.ts';
import { readAt } from '../../disk/openFile.ts';

/**
 * Compares an open file with recorded content, blob by blob. `lengths` are the plain lengths of the blobs,
 * `buffer` has room for the longest. Yields after each blob, so that the caller can rest or stop; returns
 * true if all of it is equal and nothing comes after.
 */
export function* compareContent(
  fd: number,
  content: readonly BlobId[],
  lengths: readonly number[],
  buffer: Buffer,
): Generator<number, boolean> {
  let position = 0;
  for (let at = 0; at < content.length; at++) {
    const length = lengths[at]!;
    if (readFully(fd, buffer, length, position) < length) return false;
    if (sha256Hex(buffer.subarray(0, length)) !== content[at]) return false;
    position += length;
    yield length;
  }
  return readFully(fd, buffer.length > 0 ? buffer : Buffer.alloc(1), 1, position) === 0;
}

function readFully(fd: number, buffer: Buffer, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const count = readAt(fd, buffer, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** A buffer of at least this length, kept and grown between files. */
export class GrowingBuffer {
  #buffer = Buffer.alloc(0);

  take(length: number): Buffer {
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafeSlow(Math.max(length, 64 * 1024));
    return this.#buffer;
  }

  release(): void {
    this.#buffer = Buffer.alloc(0);
  }
}
