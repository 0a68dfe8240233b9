import type { TreeReader } from './walkTree.ts';
import type { PlaceInSnapshot } from './snapshotPath.ts';
import { locateTargets } from './restore/snapshotTargets.ts';
import {
  createIgnoreState,
  decide,
  enterFolder,
  readFolderRules,
  type FolderRules,
  type IgnoreOptions,
} from '../workspace/ignoreRules.ts';
import { parentFolder, lastName, joinPath } from '../disk/paths.ts';
import { wayInTree } from '../base/treePath.ts';

/**
 * Says of paths on the disk whether a backup of `roots` by these rules would leave them out. Paths and
 * roots are absolute; what is in no root counts as left out. The ignore files of a folder are read
 * once, when something in it is first asked about. Throws `usage` for a glob that cannot be used.
 */
export function createIgnoredPaths(
  roots: readonly string[],
  options: IgnoreOptions,
): (path: string, isFolder: boolean) => boolean {
  const known = new Map<string, FolderRules | undefined>();
  for (const root of roots) known.set(root, readFolderRules(createIgnoreState(root, root, options)));

  /** Nothing for a folder that is left out. */
  const rulesIn = (folder: string): FolderRules | undefined => {
    if (known.has(folder)) return known.get(folder);
    const parent = parentFolder(folder);
    const above = parent === folder ? undefined : rulesIn(parent);
    const decision = above && decide(above, lastName(folder), true, false);
    const rules = decision?.included ? readFolderRules(enterFolder(above!, lastName(folder), decision)) : undefined;
    known.set(folder, rules);
    return rules;
  };
  return (path, isFolder) => {
    const folder = rulesIn(parentFolder(path));
    return !folder || !decide(folder, lastName(path), isFolder, false).included;
  };
}

/**
 * Says what a restore with `delete` must leave alone: what a backup by these rules leaves out, taken
 * where its targets come to lie. `destination` is absolute; absent for a restore in place.
 */
export async function createDeletionGuard(
  reader: TreeReader,
  place: PlaceInSnapshot,
  destination: string | undefined,
  options: IgnoreOptions,
): Promise<(path: string, isFolder: boolean) => boolean> {
  if (destination === undefined) return createIgnoredPaths(place.stored.snapshot.paths, options);
  const targets = await locateTargets(reader, place.stored);
  const roots = targets.map(({ treePath }) => {
    const way = wayInTree(place.path, treePath);
    return way === undefined ? destination : joinPath(destination, way);
  });
  return createIgnoredPaths(roots, options);
}
