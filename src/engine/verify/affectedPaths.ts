import { createGiveWay } from '../../base/giveWay.ts';
import { compareRaw } from '../../base/rawName.ts';
import type { BlobId, SnapshotId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { joinTreePath } from '../../base/treePath.ts';
import { tryLoadTree, type TreeReader } from '../walkTree.ts';
import type { TreeCheck } from './checkTrees.ts';
import type { AffectedPath, Loss } from './findings.ts';

/** One of the states in which a folder stands in snapshots; these by their number, the newest being 0. */
interface Variant {
  readonly tree: BlobId;
  /** Ascending. */
  readonly snapshots: readonly number[];
}

interface Folder {
  readonly path: string;
  readonly variants: readonly Variant[];
}

/** What is known of a name in a folder, over all variants of the folder. */
interface NameFacts {
  /** What is lost of it, by kind and loss. */
  readonly losses: Map<string, { type: 'file' | 'folder'; loss: Loss; snapshots: number[]; blobs: Set<BlobId> }>;
  /** Lists of the folder that can be read, with the snapshots. */
  readonly subtrees: Map<BlobId, number[]>;
  /** Number of the newest snapshot in which it is whole. */
  newestIntact: number;
}

/**
 * Says in which paths of which snapshots something is lost, from what a check of all trees found.
 * Goes down all snapshots at once and only where something is affected; a folder list is read once for
 * each path that it stands at. Sorted by path.
 */
export async function findAffectedPaths(
  reader: TreeReader,
  snapshots: readonly StoredSnapshot[],
  check: TreeCheck,
  signal?: AbortSignal,
): Promise<AffectedPath[]> {
  const giveWay = createGiveWay(signal);
  const newestFirst = snapshots.toReversed();
  const toIds = (numbers: readonly number[]): SnapshotId[] =>
    [...new Set(numbers)].sort((a, b) => a - b).map((number) => newestFirst[number]!.id);
  const affected: AffectedPath[] = [];
  const add = (path: string, facts: NameFacts) => {
    for (const { type, loss, snapshots: numbers, blobs } of facts.losses.values()) {
      const intactIn = newestFirst[facts.newestIntact]?.id;
      affected.push({ path, type, loss, snapshots: toIds(numbers), ...(intactIn && { intactIn }), blobs: [...blobs] });
    }
  };

  const root = newFacts();
  newestFirst.forEach(({ snapshot }, at) => noteFolder(root, snapshot.tree, check, [at]));
  add('/', root);
  const pending: Folder[] = [];
  const enter = (path: string, facts: NameFacts) => {
    const isAffected = [...facts.subtrees.keys()].some((tree) => check.stateOf(tree) !== 'intact');
    if (isAffected) pending.push({ path, variants: toVariants(facts) });
  };
  enter('/', root);
  for (let folder = pending.pop(); folder; folder = pending.pop()) {
    const names = new Map<string, NameFacts>();
    for (const variant of folder.variants) {
      await giveWay();
      const loaded = await tryLoadTree(reader, variant.tree, folder.path);
      if ('code' in loaded) continue;
      for (const node of loaded.nodes) noteNode(names, node, check, variant.snapshots);
    }
    for (const [name, facts] of names) {
      const path = joinTreePath(folder.path, name);
      add(path, facts);
      enter(path, facts);
    }
  }
  return affected.sort((a, b) => compareRaw(a.path, b.path));
}

function newFacts(): NameFacts {
  return { losses: new Map(), subtrees: new Map(), newestIntact: Infinity };
}

function toVariants({ subtrees }: NameFacts): Variant[] {
  return [...subtrees].map(([tree, snapshots]) => ({ tree, snapshots: snapshots.sort((a, b) => a - b) }));
}

function noteNode(names: Map<string, NameFacts>, node: Node, check: TreeCheck, snapshots: readonly number[]): void {
  let facts = names.get(node.name);
  if (!facts) names.set(node.name, (facts = newFacts()));
  if (node.type === 'dir') return noteFolder(facts, node.subtree, check, snapshots);
  const lost = check.lossOf(node);
  if (lost) noteLoss(facts, 'file', lost.loss, snapshots, lost.blobs);
  else facts.newestIntact = Math.min(facts.newestIntact, snapshots[0]!);
}

function noteFolder(facts: NameFacts, tree: BlobId | undefined, check: TreeCheck, snapshots: readonly number[]): void {
  const state = tree === undefined ? 'CORRUPT' : check.stateOf(tree);
  if (state === 'CORRUPT' || state === 'MISSING') {
    return noteLoss(facts, 'folder', state, snapshots, tree === undefined ? [] : [tree]);
  }
  const known = facts.subtrees.get(tree!) ?? [];
  facts.subtrees.set(tree!, known);
  for (const snapshot of snapshots) known.push(snapshot);
  if (state === 'intact') facts.newestIntact = Math.min(facts.newestIntact, snapshots[0]!);
}

function noteLoss(
  facts: NameFacts,
  type: 'file' | 'folder',
  loss: Loss,
  snapshots: readonly number[],
  blobs: readonly BlobId[],
): void {
  const key = `${type} ${loss}`;
  const known = facts.losses.get(key) ?? { type, loss, snapshots: [], blobs: new Set() };
  facts.losses.set(key, known);
  for (const snapshot of snapshots) known.snapshots.push(snapshot);
  for (const id of blobs) known.blobs.add(id);
}
