import type { DiskPath, TreePath } from '../../base/pathKinds.ts';
import { isInTreePath, joinTreePath, parentOfTreePath, treeRoot, wayInTree } from '../../base/treePath.ts';
import { joinPath, wayBelow } from '../../disk/paths.ts';
import type { ChangedPaths } from '../../workspace/changedPaths.ts';
import type { BackupProblem } from './findings.ts';
import type { TargetNode } from './targetTree.ts';

/** With more of them, the folders in which they are stand for them. */
const MOST_PLACES = 1_000;

/** What a backup knows of the places that it lacks. */
export interface UnreadFacts {
  readonly tree: TargetNode;
  readonly problems: readonly BackupProblem[];
  /** Present if only that was looked at, and the rest taken over from the parent. */
  readonly changes?: ChangedPaths | undefined;
  /** Those of the parent. */
  readonly before?: readonly TreePath[] | undefined;
}

/**
 * The places that a snapshot lacks because they could not be read, so that nobody believes that there was
 * nothing. Sorted; none lies in another.
 */
export function unreadPlaces({ tree, problems, changes, before = [] }: UnreadFacts): TreePath[] {
  const targets = listTargets(tree, treeRoot);
  const places = new Set<TreePath>();
  for (const { path, code } of problems) {
    // A file that was written to while it was read is there.
    const place = code === 'TORN' ? undefined : placeOf(targets, path);
    if (place !== undefined) places.add(place);
  }
  if (changes) {
    for (const place of before) {
      const path = pathOf(targets, place);
      // Only some of what is in it may have been looked at again.
      if (path !== undefined && changes.namesIn(path) !== 'all') places.add(place);
    }
  }
  return mergePlaces(places);
}

/** Places as a snapshot notes them: sorted, none in another, and not too many. */
export function mergePlaces(places: ReadonlySet<TreePath>): TreePath[] {
  return outermost(fewer(places));
}

interface Target {
  readonly place: TreePath;
  readonly path: DiskPath;
}

function listTargets(node: TargetNode, place: TreePath): Target[] {
  const below = [...node.children.values()].flatMap((child) => listTargets(child, joinTreePath(place, child.name)));
  return node.isTarget ? [...below, { place, path: node.path }] : below;
}

function placeOf(targets: readonly Target[], path: DiskPath): TreePath | undefined {
  for (const target of targets) {
    const way = wayBelow(target.path, path);
    if (way !== undefined) return way === '' ? target.place : joinTreePath(target.place, way);
  }
  return undefined;
}

function pathOf(targets: readonly Target[], place: TreePath): DiskPath | undefined {
  for (const target of targets) {
    const way = wayInTree(target.place, place);
    if (way !== undefined) return joinPath(target.path, way);
  }
  return undefined;
}

function fewer(places: ReadonlySet<TreePath>): ReadonlySet<TreePath> {
  if (places.size <= MOST_PLACES) return places;
  return fewer(new Set([...places].map(parentOfTreePath)));
}

function outermost(places: ReadonlySet<TreePath>): TreePath[] {
  const kept: TreePath[] = [];
  // What lies in a place does not come right after it: `/a`, `/a b`, `/a/b`.
  for (const place of [...places].sort((a, b) => a.length - b.length))
    if (!kept.some((outer) => isInTreePath(place, outer))) kept.push(place);
  return kept.sort();
}
