import { modeWithoutList } from '../../disk/accessList.ts';
import type { EntryMetadata } from '../../disk/entryMetadata.ts';
import { modeToStat } from '../../repository/format/mode.ts';
import type { Node } from '../../repository/format/node.ts';
import { parseTimeToParts } from '../../repository/format/time.ts';

/** What of a node's metadata is restored. Throws `repository-damaged` for a date that does not exist. */
export function metadataFromNode(node: Node, wantsAttribute?: (name: string) => boolean): EntryMetadata {
  const mtime = toSeconds(node.mtime);
  const mode = modeToStat(node.mode);
  const safeMode = modeWithoutList(mode, node.extendedAttributes ?? []);
  const all = node.extendedAttributes;
  const extendedAttributes = wantsAttribute ? all?.filter(({ name }) => wantsAttribute(name)) : all;
  return {
    mode,
    uid: node.uid,
    gid: node.gid,
    mtime,
    atime: node.atime === node.mtime ? mtime : toSeconds(node.atime),
    ...(extendedAttributes?.length && { extendedAttributes }),
    ...(safeMode !== undefined && { modeWithoutList: safeMode }),
  };
}

function toSeconds(time: string): number {
  const { seconds, nanoseconds } = parseTimeToParts(time);
  return seconds + nanoseconds / 1e9;
}
