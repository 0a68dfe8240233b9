import type { Node } from '../../repository/format/node.ts';
import { tryParseTime } from '../../repository/format/time.ts';
import type { Change } from './change.ts';

/**
 * Takes a removed and an added file with the same content for one that was renamed: the two become one
 * change, at the place of the added file. Of several with the same content, those of the same name go
 * together first. Empty files all have the same content and are left alone. Of a file on the disk the content is
 * not known: it is taken for the one with its inode, size and modification time. On Windows no inodes are recorded,
 * and where neither has one, size and time are enough.
 */
export function detectRenames(changes: readonly Change[]): Change[] {
  const sources = new Map<Change, Change>();
  pairUp(changes, sources, (change) => contentKey(change) && `${contentKey(change)}/${nodeOf(change).name}`);
  pairUp(changes, sources, contentKey);
  pairUp(changes, sources, identityKey);
  const gone = new Set(sources.values());
  return changes
    .filter((change) => !gone.has(change))
    .map((change) => {
      const source = sources.get(change);
      return source ? { ...change, kind: 'renamed', from: source.path, before: nodeOf(source) } : change;
    });
}

/** Adds to `sources` what removed file belongs to an added one, by keys that must be equal. */
function pairUp(
  changes: readonly Change[],
  sources: Map<Change, Change>,
  keyOf: (change: Change) => string | undefined,
): void {
  const taken = new Set(sources.values());
  const removed = changes.filter((change) => change.kind === 'removed' && !taken.has(change));
  const candidates = Map.groupBy(removed.reverse(), keyOf);
  for (const change of changes) {
    if (change.kind !== 'added' || sources.has(change)) continue;
    const key = keyOf(change);
    const source = key === undefined ? undefined : candidates.get(key)?.pop();
    if (source) sources.set(change, source);
  }
}

function contentKey(change: Change): string | undefined {
  const { type, content } = nodeOf(change);
  return type === 'file' && content?.length ? content.join() : undefined;
}

function identityKey(change: Change): string | undefined {
  const { type, content, inode, size, mtime } = nodeOf(change);
  const isCandidate = change.kind === 'removed' || content === null;
  if (type !== 'file' || !isCandidate || !size) return undefined;
  return `${inode ?? ''}/${size}/${tryParseTime(mtime) ?? mtime}`;
}

function nodeOf(change: Change): Node {
  return (change.after ?? change.before)!;
}
