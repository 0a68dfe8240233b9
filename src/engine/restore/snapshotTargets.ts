import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { createNodeFinder, followNames } from '../snapshotPath.ts';
import type { TreeReader } from '../walkTree.ts';
import { isWindows } from '../../disk/system.ts';
import { treeNamesOf, isOfThisSystem, diskPathOf } from '../../disk/treePaths.ts';
import type { TreePath, PathBelow, DiskPath } from '../../base/pathKinds.ts';
import { treePathOf, treeRoot, isInTreePath, namesOfTreePath } from '../../base/treePath.ts';
import type { PlaceInSnapshot } from '../../engine/snapshotPath.ts';

/** A target of the backup, found again in the tree. */
export interface SnapshotTarget {
  /** Where it is in the tree, `/` for the root. What is at or below it is held completely. */
  readonly treePath: TreePath;
  /** The names, from the top of the disk on, of the folder below which the tree's paths lead to where things were. */
  readonly base: readonly PathBelow[];
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
    const names = treeNamesOf(path);
    const found: SnapshotTarget[] = [];
    for (let at = 0; at < names.length; at++) {
      const end = names.slice(at);
      if (!(await followNames(find, stored, end))) continue;
      found.push({ treePath: treePathOf(end), base: names.slice(0, at) });
    }
    if (found.length === 0 && paths.length === 1) found.push({ treePath: treeRoot, base: names });
    if (found.length === 1) targets.push(found[0]!);
  }
  return targets;
}

/** True if the path is one of the targets or inside one. */
export function isInTarget(targets: readonly SnapshotTarget[], path: TreePath): boolean {
  return targets.some(({ treePath }) => isInTreePath(path, treePath));
}

/** True if the path is a folder on the way to a target. */
export function leadsToTarget(targets: readonly SnapshotTarget[], path: TreePath): boolean {
  return targets.some(({ treePath }) => treePath !== path && isInTreePath(treePath, path));
}

/**
 * Where a place of a snapshot was on the disk; undefined if not every one of the snapshot's `paths` was found
 * below one and the same folder, or if it was made on another kind of system.
 */
export function originalPlace(
  targets: readonly SnapshotTarget[],
  { stored: { snapshot }, path }: Pick<PlaceInSnapshot, 'stored' | 'path'>,
  windows = isWindows,
): DiskPath | undefined {
  const [first] = targets;
  const isPlain = targets.length === snapshot.paths.length && targets.every(({ base }) => isSameWay(base, first!.base));
  if (!first || !isPlain || !snapshot.paths.every((target) => isOfThisSystem(target, windows))) return undefined;
  return diskPathOf([...first.base, ...namesOfTreePath(path)], windows);
}

function isSameWay(a: readonly PathBelow[], b: readonly PathBelow[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
