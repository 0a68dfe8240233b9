import type { Node } from '../../repository/format/node.ts';
import { tryParseTime } from '../../repository/format/time.ts';
import { type EntryStats, recordedStats } from '../../disk/entryStats.ts';
import { isSettled } from '../../disk/settledTimes.ts';
import { isWindows } from '../../disk/system.ts';
import { nodeTypeOf, toUint64 } from './nodeFromStat.ts';

/**
 * True if the file may be taken as what the parent snapshot recorded without reading it: size,
 * mtime, ctime and inode are equal (format notes 11; on Windows neither of the last two is recorded), and
 * it was not touched so close to the parent that a later write could carry the same times.
 * @param parentTime when the parent backup began, nanoseconds since the epoch.
 */
export function isUnchanged(found: EntryStats, recorded: Node, parentTime: bigint, windows = isWindows): boolean {
  const stats = recordedStats(found, windows);
  if (recorded.type !== 'file' || nodeTypeOf(stats) !== 'file') return false;
  if (toUint64(stats.size) !== (recorded.size ?? 0) || toUint64(stats.ino) !== (recorded.inode ?? 0)) return false;
  if (stats.mtimeNs !== tryParseTime(recorded.mtime) || stats.ctimeNs !== tryParseTime(recorded.ctime)) return false;
  return isSettled(found, parentTime);
}
