import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { followFirst, followNames, treeNames, type NodeFinder, type PlaceInSnapshot } from '../snapshotPath.ts';
import type { TreeReader } from '../walkTree.ts';

/** One of the paths of a snapshot. */
export interface SnapshotTarget {
  /** On the disk, absolute. */
  readonly path: string;
  /** Its place in the tree. */
  readonly place: PlaceInSnapshot;
}

/**
 * Where the paths of a snapshot stand in its tree. How many of their leading names are missing there
 * depends on how they were written (format notes 6.1): none if all were absolute; else as few as
 * possible; all if what they hold is the root. A path that is not there, since the backup could not
 * read it or gave it another name, is left out.
 */
export async function locateTargets(
  reader: TreeReader,
  find: NodeFinder,
  stored: StoredSnapshot,
): Promise<SnapshotTarget[]> {
  const paths = [...new Set(stored.snapshot.paths)];
  const rootNames = (await reader.loadTree(stored.snapshot.tree)).nodes.map((node) => node.name);
  const firstNames = new Set(paths.map((path) => treeNames(path)[0]));
  const isAbsolute = rootNames.length > 0 && rootNames.every((name) => firstNames.has(name));
  const targets: SnapshotTarget[] = [];
  const lost: string[] = [];
  for (const path of paths) {
    const names = treeNames(path);
    const shortened = names.map((_, missing) => names.slice(missing));
    // In the content of a single folder, the folder's own name may occur again.
    const candidates = isAbsolute ? [names] : paths.length === 1 ? shortened.slice(1) : shortened;
    const place = await followFirst(find, stored, candidates);
    if (place) targets.push({ path, place });
    else lost.push(path);
  }
  const explained = new Set(targets.map(({ place }) => place.path.split('/')[1]));
  if (rootNames.length === 0 || rootNames.some((name) => !explained.has(name))) {
    const place = (await followNames(find, stored, []))!;
    targets.push(...lost.map((path) => ({ path, place })));
  }
  return targets;
}
