import { writeSync } from 'node:fs';

const BLOCK = 4096;
/** Shorter runs of zeros are written: a hole costs a call and splits the file on disk. */
const SHORTEST_HOLE = 64 * 1024;
const zeros = Buffer.alloc(BLOCK);

/**
 * Writes `data` at `position`, leaving out long runs of zeros. The file must be new. Returns where the last written byte ends; if that is before the end of the data, the caller
 * has to extend the file.
 */
export function writeWithHoles(fd: number, data: Buffer, position: number): number {
  const { length } = data;
  let start = 0;
  let at = 0;
  let writtenEnd = 0;
  while (at + SHORTEST_HOLE <= length) {
    // From the back: one block that is not zero rules out all windows that contain it.
    let block = at + SHORTEST_HOLE - BLOCK;
    while (block >= at && isZero(data, block)) block -= BLOCK;
    if (block >= at) {
      at = block + BLOCK;
      continue;
    }
    let end = at + SHORTEST_HOLE;
    while (end + BLOCK <= length && isZero(data, end)) end += BLOCK;
    if (at > start) writtenEnd = writeAll(fd, data.subarray(start, at), position + start);
    start = at = end;
  }
  return start < length ? writeAll(fd, data.subarray(start), position + start) : writtenEnd;
}

/** Writes all of `data` at `position`, and returns where it ends. */
export function writeAll(fd: number, data: Uint8Array, position: number): number {
  for (let done = 0; done < data.length;) {
    done += writeSync(fd, data, done, data.length - done, position + done);
  }
  return position + data.length;
}

function isZero(data: Buffer, at: number): boolean {
  return data[at] === 0 && data[at + BLOCK - 1] === 0 && data.compare(zeros, 0, BLOCK, at, at + BLOCK) === 0;
}
