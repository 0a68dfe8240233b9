import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { followFirst, followNames, possibleCuts, type NodeFinder, type PlaceInSnapshot } from '../snapshotPath.ts';
import { treeNamesOf } from '../../disk/treePaths.ts';

/** One of the paths of a snapshot. */
export interface SnapshotTarget {
  /** On the disk, absolute. */
  readonly path: string;
  /** Its place in the tree. */
  readonly place: PlaceInSnapshot;
}

/**
 * Where the paths of a snapshot stand in its tree (see `snapshotPath.ts`). One that is not there, since
 * the backup could not read it or gave it another name, is left out.
 */
export async function locateTargets(finder: NodeFinder, stored: StoredSnapshot): Promise<SnapshotTarget[]> {
  const paths = [...new Set(stored.snapshot.paths)];
  const allNames = paths.map((path) => treeNamesOf(path));
  const rootNames = await finder.list(stored.snapshot.tree);
  const targets: SnapshotTarget[] = [];
  const lost: string[] = [];
  for (const [at, path] of paths.entries()) {
    const names = allNames[at]!;
    const cuts = possibleCuts(names, allNames, rootNames).filter((cut) => cut < names.length);
    const place = await followFirst(
      finder,
      stored,
      cuts.map((cut) => names.slice(cut)),
    );
    if (place) targets.push({ path, place });
    else lost.push(path);
  }
  // What is at the root and belongs to no other target is the content of those that were not found.
  const explained = new Set(targets.map(({ place }) => place.path.split('/')[1]));
  if (rootNames.length === 0 || rootNames.some((name) => !explained.has(name))) {
    const place = (await followNames(finder, stored, []))!;
    targets.push(...lost.map((path) => ({ path, place })));
  }
  return targets;
}
