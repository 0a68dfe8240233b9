import type { Node } from '../../repository/format/node.ts';
import { tryParseTime } from '../../repository/format/time.ts';

/**
 * What became of an entry. `modified`: the content of a file, the target of a link, or the number of a
 * device; `metadata`: anything else; `renamed`: see {@link detectRenames}.
 */
export type ChangeKind = 'added' | 'removed' | 'modified' | 'typeChanged' | 'metadata' | 'renamed';

/** One difference between two states. */
export interface Change {
  /** In the later state, if it is there, else in the earlier one. */
  readonly path: string;
  readonly kind: ChangeKind;
  /** The entry in the earlier state; absent if it was added. */
  readonly before?: Node;
  /**
   * The entry in the later state; absent if it was removed. Of a file on the disk, `content` is null:
   * that it differs is known, not what it is.
   */
  readonly after?: Node;
  /** Renamed: the path in the earlier state. */
  readonly from?: string;
  /** The content differs, but neither size nor any time or other metadata: bit rot, or times that were set back. */
  readonly suspect?: true;
}

/** How an entry that is in both states differs, if it does; metadata only on demand. */
export function compareNodes(before: Node, after: Node, metadata: boolean): Omit<Change, 'path'> | undefined {
  if (before.type !== after.type) return { kind: 'typeChanged', before, after };
  if (!sameContent(before, after)) {
    const suspect = before.type === 'file' && sameMetadata(before, after);
    return { kind: 'modified', before, after, ...(suspect && { suspect }) };
  }
  const changed = metadata && (before.subtree !== after.subtree || !sameMetadata(before, after));
  return changed ? { kind: 'metadata', before, after } : undefined;
}

function sameContent(a: Node, b: Node): boolean {
  if (a.type !== 'file') return a.linkTarget === b.linkTarget && a.device === b.device;
  return a.content?.length === b.content?.length && (a.content ?? []).every((id, at) => id === b.content![at]);
}

/** All that restic compares, in every kind of entry. */
function sameMetadata(a: Node, b: Node): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.user === b.user &&
    a.group === b.group &&
    a.inode === b.inode &&
    a.deviceId === b.deviceId &&
    a.size === b.size &&
    a.links === b.links &&
    sameTime(a.mtime, b.mtime) &&
    sameTime(a.atime, b.atime) &&
    sameTime(a.ctime, b.ctime) &&
    sameAttributes(a, b)
  );
}

/** Whether two times are the same instant, perhaps written in two zones. */
export function sameTime(a: string, b: string): boolean {
  return a === b || (tryParseTime(a) ?? a) === (tryParseTime(b) ?? b);
}

function sameAttributes(a: Node, b: Node): boolean {
  const of = ({ extendedAttributes = [], genericAttributes = {} }: Node) =>
    JSON.stringify([
      extendedAttributes.map(({ name, value }) => [name, value]).sort(),
      Object.entries(genericAttributes).sort(),
    ]);
  return of(a) === of(b);
}
