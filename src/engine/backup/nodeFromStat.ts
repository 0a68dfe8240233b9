import { modeFromStat, nodeTypeFromStat } from '../../repository/format/mode.ts';
import type { Node, NodeType, Uint64 } from '../../repository/format/node.ts';
import { formatTime } from '../../repository/format/time.ts';
import { type EntryStats, recordedStats } from '../../disk/entryStats.ts';
import type { UserNames } from '../../disk/userNames.ts';

/** A 64-bit value of a stat as nodes carry it: a number wherever that is exact. */
export function toUint64(value: bigint): Uint64 {
  const number = Number(value);
  if (number >= 0 && number <= Number.MAX_SAFE_INTEGER) return number;
  const unsigned = BigInt.asUintN(64, value);
  return unsigned <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(unsigned) : unsigned;
}

/** The type of a node; what no node can stand for is treated like a socket: never stored. */
export function nodeTypeOf({ mode }: EntryStats): NodeType {
  return nodeTypeFromStat(Number(mode)) ?? 'socket';
}

/**
 * The metadata part of a node (format notes 7.2); `content`, `subtree` and `linkTarget` are the
 * caller's. The access time is stored as the modification time, as restic does by default.
 */
export function nodeFromStat(name: string, found: EntryStats, names: UserNames): Node {
  const stats = recordedStats(found);
  const type = nodeTypeOf(stats);
  const mtime = formatTime(stats.mtimeNs);
  const uid = Number(stats.uid);
  const gid = Number(stats.gid);
  const user = names.user(uid);
  const group = names.group(gid);
  const node: Node = {
    name,
    type,
    mode: modeFromStat(Number(stats.mode)),
    mtime,
    atime: mtime,
    ctime: stats.ctimeNs === stats.mtimeNs ? mtime : formatTime(stats.ctimeNs),
    uid,
    gid,
    content: type === 'file' ? [] : null,
  };
  if (user !== undefined) node.user = user;
  if (group !== undefined) node.group = group;
  if (type === 'file' && stats.size !== 0n) node.size = Number(stats.size);
  if (stats.ino !== 0n) node.inode = toUint64(stats.ino);
  if (stats.dev !== 0n) node.deviceId = toUint64(stats.dev);
  if (type !== 'dir' && type !== 'fifo' && type !== 'socket' && stats.nlink !== 0n) node.links = Number(stats.nlink);
  if (type === 'dev' || type === 'chardev') node.device = toUint64(stats.rdev);
  return node;
}

/**
 * Has a node take over extended attributes from what was recorded of it, if they are known to be the same: changing one
 * changes the ctime.
 */
export function takeAttributes(node: Node, recorded: Node | undefined): void {
  if (recorded?.type !== node.type || recorded.ctime !== node.ctime) return;
  if (recorded.extendedAttributes) node.extendedAttributes = recorded.extendedAttributes;
  if (recorded.genericAttributes) node.genericAttributes = recorded.genericAttributes;
}
