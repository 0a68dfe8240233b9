/** When the times of a file tell it from any later write of it (design, section 5). Nanoseconds since 1970. */
import type { ExactStats } from './stats.ts';

/** A write may carry the time stamp of another one that came up to this much earlier: a kernel tick. */
const FINE_GRAIN_NS = 20_000_000n;
/** The same on file systems that keep whole seconds, or two (FAT). */
const COARSE_GRAIN_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** True if the file was not touched so close to the parent that a later write could carry the same times. */
export function isSettled({ ctimeNs }: Pick<ExactStats, 'ctimeNs'>, parentTime: bigint): boolean {
  const age = parentTime - ctimeNs;
  return age > COARSE_GRAIN_NS || age > grainOf(ctimeNs);
}

/**
 * How long to wait before a file is read, so that a write during or after that cannot leave the times
 * that it has now. Milliseconds. Whatever is read later than that can be told from its times for good,
 * by backups too that did not look at it in between.
 * @param now nanoseconds since the epoch.
 */
export function settlingTime(ctimeNs: bigint, now: bigint): number {
  const grain = grainOf(ctimeNs);
  const left = ctimeNs + grain - now;
  // A clock that is ahead says nothing about how long ago that was.
  return left <= 0n ? 0 : Number((left < grain ? left : grain) / 1_000_000n) + 1;
}

function grainOf(ctimeNs: bigint): bigint {
  return ctimeNs % SECOND_NS === 0n ? COARSE_GRAIN_NS : FINE_GRAIN_NS;
}

/** What tells a file from every later state of it. */
export interface SourceStamp {
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly inode: bigint;
}

export function stampOf({ mtimeNs, ctimeNs, ino }: ExactStats): SourceStamp {
  return { mtime: mtimeNs, ctime: ctimeNs, inode: ino };
}

/** The stamp of a file that was just read, if no later write can carry the same times. */
export function settledStamp(stats: ExactStats): SourceStamp | undefined {
  return stats.ctimeNs < BigInt(Date.now()) * 1_000_000n - grainOf(stats.ctimeNs) ? stampOf(stats) : undefined;
}
