import { CairnError } from '../base/errors.ts';
import type { TreePath } from '../base/pathKinds.ts';
import { parentOfTreePath } from '../base/treePath.ts';
import type { BlobId, BlobType, PackId } from '../repository/format/ids.ts';
import type { BlobIndex } from '../repository/index/blobIndex.ts';
import type { StoredSnapshot } from '../repository/snapshots.ts';
import { chooseSnapshots, type SnapshotChoice } from './chooseSnapshots.ts';
import type { Session } from './session.ts';
import { treesAhead } from './treesAhead.ts';
import { walkTree, type TreeProblem } from './walkTree.ts';

export interface FindObjectsOptions extends SnapshotChoice {
  /** What the names are ids of, or beginnings of ids. */
  readonly kind: 'blob' | 'tree' | 'pack';
  readonly names: readonly string[];
  /** Oldest snapshot first. */
  readonly isReverse?: boolean;
  readonly onProblem?: (problem: TreeProblem) => void;
}

/** A place at which a snapshot needs a blob. */
export interface FoundObject {
  readonly type: BlobType;
  readonly id: BlobId;
  readonly path: TreePath;
  /** The list of the folder that the file is in. */
  readonly parentTree?: BlobId;
  readonly stored: StoredSnapshot;
}

/**
 * Says which files and folders of which snapshots need blobs, trees, or the blobs of packs, newest snapshot first. As
 * for restic, trees are told once each, at the first place. Throws `usage` for a pack that no index lists.
 */
export async function* findObjects(
  session: Session,
  options: FindObjectsOptions,
): AsyncGenerator<FoundObject, void, void> {
  const snapshots = await chooseSnapshots(session.repository, options);
  if (options.isReverse) snapshots.reverse();
  const wanted = options.kind === 'pack' ? blobsOfPacks(session.index, options.names) : undefined;
  const isNamed = (id: string) => (wanted ? wanted.has(id) : options.names.some((name) => id.startsWith(name)));
  const trees = new Set<string>();
  const signal = options.signal && { signal: options.signal };
  const reader = treesAhead(
    session,
    snapshots.map(({ snapshot }) => snapshot.tree),
    signal,
  );
  for (const stored of snapshots) {
    const lists = new Map<TreePath, BlobId>([['/', stored.snapshot.tree]]);
    for await (const found of walkTree(reader, stored.snapshot.tree, signal)) {
      if (found.kind === 'problem') {
        options.onProblem?.(found);
        continue;
      }
      const { path, node } = found;
      if (node.subtree !== undefined) lists.set(path, node.subtree);
      if (options.kind !== 'blob' && node.subtree !== undefined && isNamed(node.subtree) && !trees.has(node.subtree)) {
        trees.add(node.subtree);
        yield { type: 'tree', id: node.subtree, path, stored };
      }
      if (options.kind === 'tree') continue;
      const parentTree = lists.get(parentOfTreePath(path))!;
      for (const id of node.content ?? []) if (isNamed(id)) yield { type: 'data', id, path, parentTree, stored };
    }
  }
}

/** The packs in which a blob lies, and where. */
export function placesOf({ index }: Session, { type, id }: Pick<FoundObject, 'type' | 'id'>) {
  return index.locations(type, id);
}

function blobsOfPacks(index: BlobIndex, names: readonly string[]): Set<string> {
  const packs = new Set<PackId>();
  const missing = new Set(names);
  for (const pack of index.packIds) {
    for (const name of names) {
      if (!pack.startsWith(name)) continue;
      packs.add(pack);
      missing.delete(name);
    }
  }
  if (missing.size > 0) throw new CairnError('usage', `No index lists the pack ${[...missing].join(', ')}.`);
  const blobs = new Set<string>();
  for (const { id, packId } of index.entries()) if (packs.has(packId)) blobs.add(id);
  return blobs;
}
