import { createGiveWay } from '../base/giveWay.ts';
import type { DiskPath, PathBelow } from '../base/pathKinds.ts';
import { hasPlace, isSamePlace } from '../base/samePlace.ts';
import type { BlobId } from '../repository/format/ids.ts';
import type { StoredSnapshot } from '../repository/snapshots.ts';
import { locateTargets } from './diff/snapshotTargets.ts';
import type { Session } from './session.ts';
import { createNodeFinder } from './snapshotPath.ts';
import { treesAhead, type TreesAheadReader } from './treesAhead.ts';
import { tryLoadTree } from './walkTree.ts';

/** A file, or anything else but a folder, that at least one snapshot has. */
export interface FileEver {
  /** From the folder. */
  readonly way: PathBelow;
  /** The newest snapshot that has it. */
  readonly last: StoredSnapshot;
}

/** Git's own files, which nobody looks for by name. */
const GIT_FOLDER = '.git';

/**
 * All files that snapshots of a workspace folder have, each once, those of the newest snapshot first. `newestFirst`
 * are the snapshots, wherever the folder was then. A folder that did not change from one to the next is read
 * once, and one that cannot be read is passed over.
 */
export async function filesEver(
  session: Session,
  folder: DiskPath,
  newestFirst: readonly StoredSnapshot[],
  signal: AbortSignal,
): Promise<FileEver[]> {
  const finder = createNodeFinder(session.reader);
  const giveWay = createGiveWay(signal);
  const found = new Map<PathBelow, FileEver>();
  const entered = new Set<string>();
  const lists = new Set<BlobId>();
  let reader: TreesAheadReader;
  const walk = async (tree: BlobId, way: PathBelow, last: StoredSnapshot): Promise<void> => {
    const key = `${tree}${way}`;
    if (entered.has(key)) return;
    entered.add(key);
    await giveWay();
    const loaded = await tryLoadTree(reader, tree, way);
    lists.add(tree);
    if ('code' in loaded) return;
    for (const { name, type, subtree } of loaded.nodes) {
      const inner = way === '' ? name : `${way}/${name}`;
      if (type !== 'dir') {
        if (!found.has(inner)) found.set(inner, { way: inner, last });
      } else if (subtree !== undefined && name !== GIT_FOLDER) await walk(subtree, inner, last);
    }
  };
  for (const stored of newestFirst) {
    const targets = await locateTargets(finder, stored).catch(() => []);
    const isOfFolder = hasPlace(stored.snapshot.paths, folder);
    // Of a workspace that was elsewhere then, the only folder is this one.
    const own = targets.find(({ path }) => (isOfFolder ? isSamePlace(path, folder) : targets.length === 1));
    if (own?.place.tree === undefined) continue;
    reader = treesAhead(session, [own.place.tree], { isWanted: (tree) => !lists.has(tree), signal });
    await walk(own.place.tree, '', stored);
  }
  return [...found.values()];
}
