import type { TreeReader } from './walkTree.ts';
import type { PlaceInSnapshot } from './snapshotPath.ts';
import { locateTargets } from './restore/snapshotTargets.ts';
import {
  createIgnoreState,
  decide,
  enterFolder,
  givenUpFiles,
  readFolderRules,
  type FolderRules,
  type IgnoreOptions,
} from '../workspace/ignoreRules.ts';
import { parentFolder, lastName, joinPath } from '../disk/paths.ts';
import { namesOfTreePath, wayInTree } from '../base/treePath.ts';
import { diskPathOf } from '../disk/treePaths.ts';
import { isPathPattern } from '../workspace/resticPatterns.ts';

/**
 * Says of paths on the disk whether a backup of `roots` by these rules would leave them out. Paths and
 * roots are absolute; what is in no root counts as left out. The ignore files of a folder are read
 * once, when something in it is first asked about. Patterns see each root where `originOf` says it was.
 * Throws `usage` for a glob or a pattern that cannot be used.
 */
export function createIgnoredPaths(
  roots: readonly string[],
  options: IgnoreOptions,
  originOf: (root: string) => string = (root) => root,
): (path: string, isFolder: boolean) => boolean {
  const known = new Map<string, FolderRules | undefined>();
  for (const root of roots) known.set(root, readFolderRules(createIgnoreState(root, root, options, originOf(root))));

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
    if (!folder || !decide(folder, lastName(path), isFolder, false).included) return true;
    // Nobody knows what such files would say; whoever deletes must take it for left out.
    return givenUpFiles(folder).length > 0;
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
  const origins = new Map<string, string | undefined>();
  for (const { treePath, base } of targets) {
    const way = wayInTree(place.path, treePath);
    const root = way === undefined ? destination : joinPath(destination, way);
    origins.set(root, diskPathOf([...base, ...namesOfTreePath(way === undefined ? place.path : treePath)]));
  }
  return createIgnoredPaths([...origins.keys()], options, (root) => origins.get(root) ?? root);
}

/**
 * The rules that leave out what a backup with these recorded excludes may have left out. They may be globs of
 * the editor or patterns, in which case counts or not: what any reading of them leaves out is left out. They come
 * from several lists, and what one of them takes back by `!` another may have left out, so nothing is taken back.
 */
export function recordedRules(
  excludes: readonly string[] = [],
): Pick<IgnoreOptions, 'excludeGlobs' | 'excludePatterns' | 'rootsAreWanted'> {
  const kept = excludes.filter((exclude) => !/^!(?!\()/.test(exclude));
  return {
    excludeGlobs: kept,
    excludePatterns: { anyCase: kept.filter(isPathPattern) },
    rootsAreWanted: true,
  };
}
