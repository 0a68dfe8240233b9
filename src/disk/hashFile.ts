import { createHash } from 'node:crypto';
import { withReachablePath } from './reachablePath.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import { ClaimedSize } from './claimedSize.ts';
import { closeFile, openPlainFile, readAt } from './openFile.ts';
import { settledStamp, type SourceStamp } from './settledTimes.ts';
import { fstatExact, type ExactStats } from './stats.ts';

const CHUNK = 1024 * 1024;
const buffer = Buffer.allocUnsafeSlow(CHUNK);

export interface HashedFile {
  readonly sha256: string;
  /** Of the file while it was read: it did not change meanwhile. */
  readonly stats: ExactStats;
  /** Absent if a later write could carry the same times. */
  readonly stamp: SourceStamp | undefined;
}

/** Called after each piece of a file that was read. */
export type AfterChunk = (bytes: number) => Promise<void>;

/**
 * Reads an open file to its end, and returns the SHA-256. `use` gets each piece, which is valid only during
 * the call: all reading in a thread shares one buffer. Throws the system's error, and `ENDLESS`.
 */
export async function readThrough(
  fd: number,
  use: (piece: Buffer, position: number) => void,
  afterChunk: AfterChunk,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  const claimed = new ClaimedSize(fd);
  let position = 0;
  for (let count = readAt(fd, buffer, 0, CHUNK, 0); count > 0; count = readAt(fd, buffer, 0, CHUNK, position)) {
    const piece = buffer.subarray(0, count);
    hash.update(piece);
    use(piece, position);
    position += count;
    claimed.check(position);
    await afterChunk(count);
  }
  return { sha256: hash.digest('hex'), size: position };
}

/**
 * The hash of the file at an absolute path, which is not followed if it is a link. Nothing if it changes all
 * the time. Throws the system's error.
 */
export async function hashFile(path: DiskPath, afterChunk: AfterChunk): Promise<HashedFile | undefined> {
  const fd = withReachablePath(path, openPlainFile);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      const stats = fstatExact(fd);
      const { sha256 } = await readThrough(fd, () => {}, afterChunk);
      if (isSameState(stats, fstatExact(fd))) return { sha256, stats, stamp: settledStamp(stats) };
    }
    return undefined;
  } finally {
    closeFile(fd);
  }
}

/** What tells whether a file was written. */
export type FileState = Pick<ExactStats, 'size' | 'mtimeNs' | 'ctimeNs'>;

/** True if so many bytes are all of a file. Those of the system claim to be empty. */
export function isWhole({ size }: FileState, length: number): boolean {
  return size === BigInt(length) || size === 0n;
}

/** True if a file was not written between two looks at it. */
export function isSameState(before: FileState, after: FileState): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;
}
