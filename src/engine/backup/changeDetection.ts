import type { Node } from '../../repository/format/node.ts';
import { tryParseTime } from '../../repository/format/time.ts';
import { type EntryStats, recordedStats } from '../../disk/entryStats.ts';
import { isSettled } from '../../disk/settledTimes.ts';
import { isWindows } from '../../disk/system.ts';
import { nodeTypeOf, toUint64 } from './nodeFromStat.ts';
import type { EntryChange } from './backupOptions.ts';

/** What does not count, as restic has it: for file systems on which that changes by itself. */
export interface ChangeRules {
  readonly ignoreCtime?: boolean;
  /** Nor the time of change. */
  readonly ignoreInode?: boolean;
  readonly windows?: boolean;
}

/**
 * True if the file may be taken as what the parent snapshot recorded without reading it: size,
 * mtime, ctime and inode are equal (format notes 11; on Windows neither of the last two is recorded), and
 * it was not touched so close to the parent that a later write could carry the same times.
 * @param parentTime when the parent backup began, nanoseconds since the epoch.
 */
export function isUnchanged(
  found: EntryStats,
  recorded: Node,
  parentTime: bigint,
  { ignoreCtime = false, ignoreInode = false, windows = isWindows }: ChangeRules = {},
): boolean {
  const stats = recordedStats(found, windows);
  if (recorded.type !== 'file' || nodeTypeOf(stats) !== 'file') return false;
  if (toUint64(stats.size) !== (recorded.size ?? 0) || stats.mtimeNs !== tryParseTime(recorded.mtime)) return false;
  if (!ignoreInode && toUint64(stats.ino) !== (recorded.inode ?? 0)) return false;
  if (!ignoreInode && !ignoreCtime && stats.ctimeNs !== tryParseTime(recorded.ctime)) return false;
  // Where the time of change says nothing, that of the content has to.
  return isSettled(ignoreInode || ignoreCtime ? { ctimeNs: found.mtimeNs } : found, parentTime);
}

/** How the content of a file that was read, or its mode, differs from what was recorded. */
export function compareContent(node: Node, recorded: Node | undefined): EntryChange {
  if (!recorded) return 'new';
  const before = recorded.content;
  const same = before?.length === node.content!.length && before.every((id, at) => id === node.content![at]);
  return same && recorded.mode === node.mode ? 'unchanged' : 'changed';
}
