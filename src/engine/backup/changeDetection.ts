import type { Node } from '../../repository/format/node.ts';
import { tryParseTime } from '../../repository/format/time.ts';
import type { EntryStats } from './entryStats.ts';
import { nodeTypeOf, toUint64 } from './nodeFromStat.ts';

/** A write may carry the time stamp of another one that came up to this much earlier: a kernel tick. */
const FINE_GRAIN_NS = 20_000_000n;
/** The same on file systems that keep whole seconds, or two (FAT). */
const COARSE_GRAIN_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/**
 * True if the file may be taken as what the parent snapshot recorded without reading it: size,
 * mtime, ctime and inode are equal (format notes 11), and it was not touched so close to the parent
 * that a later write could carry the same times.
 * @param parentTime when the parent backup began, nanoseconds since the epoch.
 */
export function isUnchanged(stats: EntryStats, recorded: Node, parentTime: bigint): boolean {
  if (recorded.type !== 'file' || nodeTypeOf(stats) !== 'file') return false;
  if (toUint64(stats.size) !== (recorded.size ?? 0) || toUint64(stats.ino) !== (recorded.inode ?? 0)) return false;
  if (stats.mtimeNs !== tryParseTime(recorded.mtime) || stats.ctimeNs !== tryParseTime(recorded.ctime)) return false;
  return isSettled(stats, parentTime);
}

/** True if the file was not touched so close to the parent that a later write could carry the same times. */
export function isSettled({ ctimeNs }: Pick<EntryStats, 'ctimeNs'>, parentTime: bigint): boolean {
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
