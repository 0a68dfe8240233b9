import { modeWithoutList } from '../../disk/accessList.ts';
import type { EntryMetadata } from '../../disk/entryMetadata.ts';
import { modeToStat } from '../../repository/format/mode.ts';
import type { Node } from '../../repository/format/node.ts';
import { parseTimeToParts } from '../../repository/format/time.ts';

/** What of a node's metadata is restored. Throws `repository-damaged` for a date that does not exist. */
export function metadataFromNode(node: Node): EntryMetadata {
  const mtime = toSeconds(node.mtime);
  const mode = modeToStat(node.mode);
  const safeMode = modeWithoutList(mode, node.extendedAttributes ?? []);
  return {
    mode,
    uid: node.uid,
    gid: node.gid,
    mtime,
    atime: node.atime === node.mtime ? mtime : toSeconds(node.atime),
    ...(node.extendedAttributes?.length && { extendedAttributes: node.extendedAttributes }),
    ...(safeMode !== undefined && { modeWithoutList: safeMode }),
  };
}

function toSeconds(time: string): number {
  const { seconds, nanoseconds } = parseTimeToParts(time);
  return seconds + nanoseconds / 1e9;
}
