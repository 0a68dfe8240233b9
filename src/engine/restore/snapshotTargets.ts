import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { createNodeFinder, followNames, treeNames } from '../snapshotPath.ts';
import type { TreeReader } from '../walkTree.ts';
import { joinPath } from './destinationFolders.ts';

/** A target of the backup, found again in the tree. */
export interface SnapshotTarget {
  /** Where it is in the tree, `/` for the root. What is at or below it is held completely. */
  readonly treePath: string;
  /** The folder below which the tree's paths lead to where things were. */
  readonly base: string;
}

/**
 * Finds the targets of a backup in its tree. The snapshot has their absolute paths, the tree was made from
 * them as they were written, so a target stands in the tree as some end of its path, or, for `.` and the
 * like, as the root itself (format notes 6.1). A path for which that is not plain is left out: then it is
 * not known to be complete, and nothing is ever deleted there.
 */
export async function locateTargets(reader: TreeReader, stored: StoredSnapshot): Promise<SnapshotTarget[]> {
  const { paths } = stored.snapshot;
  const find = createNodeFinder(reader);
  const targets: SnapshotTarget[] = [];
  for (const path of paths) {
    const names = treeNames(path);
    const found: SnapshotTarget[] = [];
    for (let at = 0; at < names.length; at++) {
      const end = names.slice(at);
      if (!(await followNames(find, stored, end))) continue;
      found.push({ treePath: `/${end.join('/')}`, base: `/${names.slice(0, at).join('/')}` });
    }
    if (found.length === 0 && paths.length === 1) found.push({ treePath: '/', base: joinPath('/', names.join('/')) });
    if (found.length === 1) targets.push(found[0]!);
  }
  return targets;
}

/** True if the path is one of the targets or inside one. */
export function isInTarget(targets: readonly SnapshotTarget[], path: string): boolean {
  return targets.some(({ treePath }) => treePath === '/' || path === treePath || path.startsWith(`${treePath}/`));
}

/** True if the path is a folder on the way to a target. */
export function leadsToTarget(targets: readonly SnapshotTarget[], path: string): boolean {
  const start = path === '/' ? '/' : `${path}/`;
  return targets.some(({ treePath }) => treePath !== path && treePath.startsWith(start));
}

/**
 * The one folder below which the tree's paths lead to where things were; undefined if there is none, or if
 * not every one of the snapshot's `paths` was found.
 */
export function originalBase(targets: readonly SnapshotTarget[], paths: readonly string[]): string | undefined {
  const [first] = targets;
  const isPlain = targets.length === paths.length && targets.every(({ base }) => base === first?.base);
  return isPlain ? first?.base : undefined;
}
