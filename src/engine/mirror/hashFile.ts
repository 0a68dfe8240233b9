import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { withReachablePath } from '../../workspace/reachablePath.ts';
import type { SourceStamp } from './manifestFormat.ts';
import { stampOf } from './scanSource.ts';

const CHUNK = 1024 * 1024;
const buffer = Buffer.allocUnsafeSlow(CHUNK);

export interface HashedFile {
  readonly sha256: string;
  /** Of the file while it was read: it did not change meanwhile. */
  readonly stats: BigIntStats;
  /** Absent if a later write could carry the same times. */
  readonly stamp: SourceStamp | undefined;
}

/** Called after each piece of a file that was read. */
export type AfterChunk = (bytes: number) => Promise<void>;

/**
 * Reads an open file to its end, and returns the SHA-256. `use` gets each piece, which is valid only during
 * the call: all reading in a thread shares one buffer.
 */
export async function readThrough(
  fd: number,
  use: (piece: Buffer, position: number) => void,
  afterChunk: AfterChunk,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let position = 0;
  for (let count = readSync(fd, buffer, 0, CHUNK, 0); count > 0; count = readSync(fd, buffer, 0, CHUNK, position)) {
    const piece = buffer.subarray(0, count);
    hash.update(piece);
    use(piece, position);
    position += count;
    await afterChunk(count);
  }
  return { sha256: hash.digest('hex'), size: position };
}

/**
 * The hash of the file at an absolute path, which is not followed if it is a link. Nothing if it changes all
 * the time. Throws the system's error.
 */
export async function hashFile(path: string, afterChunk: AfterChunk): Promise<HashedFile | undefined> {
  const fd = openForReading(path);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      const stats = fstatSync(fd, { bigint: true });
      const { sha256 } = await readThrough(fd, () => {}, afterChunk);
      if (isSameState(stats, fstatSync(fd, { bigint: true }))) return { sha256, stats, stamp: settledStamp(stats) };
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/**
 * Opens a plain file at an absolute path of any length: neither follows a link that took its place, nor
 * waits on a pipe. Throws the system's error.
 */
export function openForReading(path: string): number {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const fd = withReachablePath(path, (reachable) => openSync(reachable, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error('EISDIR: no plain file'), { code: 'EISDIR' });
}

/** True if a file was not written between two looks at it. */
export function isSameState(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;
}

/** A write may carry the time of another one that came up to this much earlier: a tick, or FAT's two seconds. */
const FINE_GRAIN_NS = 20_000_000n;
const COARSE_GRAIN_NS = 2_000_000_000n;

/** The stamp of a file that was just read, if no later write can carry the same times (design, section 5). */
export function settledStamp(stats: BigIntStats): SourceStamp | undefined {
  const grain = stats.ctimeNs % 1_000_000_000n === 0n ? COARSE_GRAIN_NS : FINE_GRAIN_NS;
  return stats.ctimeNs < BigInt(Date.now()) * 1_000_000n - grain ? stampOf(stats) : undefined;
}
