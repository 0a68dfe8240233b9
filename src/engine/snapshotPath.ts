/**
 * Naming a place in a snapshot: `SNAP` or `SNAP:PATH`, where SNAP is `latest`, an id or the beginning
 * of one.
 *
 * How a snapshot's tree begins depends on how the backup was asked for (format notes 6.1): `backup
 * /home/x` puts `/home/x` into the tree, `backup x` in `/home` puts `/x` there, and `backup .` in
 * `/home/x` puts the content of that folder at the root. The `paths` of the snapshot, its *targets*, are
 * `/home/x` in all cases. So a place on the disk is found in the tree by leaving out, or *cutting*, as
 * many leading names as were left out of the target.
 */
import { joinTreePath, treeRoot } from '../base/treePath.ts';
import type { TreePath, PathBelow } from '../base/pathKinds.ts';
import { isAbsoluteAnywhere, treeNamesOf } from '../disk/treePaths.ts';
import { CairnError } from '../base/errors.ts';
import { displayPath } from '../base/rawName.ts';
import type { BlobId } from '../repository/format/ids.ts';
import type { Node } from '../repository/format/node.ts';
import { findSnapshot, SHORT_ID_LENGTH, type SnapshotFilter, type StoredSnapshot } from '../repository/snapshots.ts';
import type { Session } from './session.ts';
import type { TreeReader } from './walkTree.ts';
import { isWindowsPath } from '../base/samePlace.ts';

/** An entry of a snapshot, or its root. */
export interface PlaceInSnapshot {
  readonly stored: StoredSnapshot;
  /** As it stands in the snapshot's tree; `/` for the root. */
  readonly path: TreePath;
  /** Absent for the root, which has no node. */
  readonly node: Node | undefined;
  /** The list of the root or of a folder; absent for all else. */
  readonly tree: BlobId | undefined;
}

/** Splits `SNAP:PATH`; the path is empty if there is none. */
export function parseSnapshotPath(text: string): { readonly snapshot: string; readonly path: string } {
  const colon = text.indexOf(':');
  return colon < 0 ? { snapshot: text, path: '' } : { snapshot: text.slice(0, colon), path: text.slice(colon + 1) };
}

/**
 * The place that `SNAP:PATH` names; `filter` is for `latest`.
 * Throws as {@link findSnapshot} and {@link findPlace}.
 */
export async function resolveSnapshotPath(
  session: Session,
  text: string,
  filter?: SnapshotFilter,
): Promise<PlaceInSnapshot> {
  const { snapshot, path } = parseSnapshotPath(text);
  return findPlace(session.reader, await findSnapshot(session.repository, snapshot, filter), path);
}

/**
 * The place of a path in a snapshot. `path` is absolute in the tree or on the disk, or relative to the
 * one target of the snapshot or to its root; empty is the root.
 * Throws `path-not-in-snapshot`, or what a damaged folder list on the way fails with.
 */
export async function findPlace(reader: TreeReader, stored: StoredSnapshot, path: string): Promise<PlaceInSnapshot> {
  const finder = createNodeFinder(reader);
  const targets = stored.snapshot.paths.map((target) => treeNamesOf(target));
  const names = treeNamesOf(path, isOfWindows(stored));
  const isRelative = names.length > 0 && !isAbsoluteAnywhere(path) && targets.length === 1;
  const whole = isRelative ? [...targets[0]!, ...names] : names;
  const onDisk = await placesOnDisk(finder, stored, whole);
  const place = await followFirst(finder, stored, isRelative ? [...onDisk, names] : [names, ...onDisk]);
  if (place) return place;
  const nearest = await nearestFolder(finder, stored, onDisk[0] ?? names);
  const id = stored.id.slice(0, SHORT_ID_LENGTH);
  throw new CairnError(
    'path-not-in-snapshot',
    `There is no "${displayPath(path)}" in snapshot ${id}. "cairn ls ${id} ${displayPath(nearest)}" shows what is there.`,
    { details: { snapshot: stored.id, path: displayPath(path), nearest: displayPath(nearest) } },
  );
}

/** Finds entries of folders by name. */
export interface NodeFinder {
  /**
   * The entry of this name, if there is one. `foldsCase`: if there is none, one whose name differs only in the
   * case of letters. Throws as the reader does.
   */
  readonly find: (tree: BlobId, name: PathBelow, foldsCase?: boolean) => Promise<Node | undefined>;
  /** The names of all entries; for the few folders at the root of snapshots. Throws as the reader does. */
  readonly list: (tree: BlobId) => Promise<readonly string[]>;
}

/** A finder that remembers what it found, so that a folder shared by many snapshots is read once. */
export function createNodeFinder(reader: TreeReader): NodeFinder {
  const known = new Map<string, Node | undefined>();
  const lists = new Map<BlobId, readonly string[]>();
  return {
    async find(tree, name, foldsCase = false) {
      const key = tree + Number(foldsCase) + name;
      if (!known.has(key)) known.set(key, findNode((await reader.loadTree(tree)).nodes, name, foldsCase));
      return known.get(key);
    },
    async list(tree) {
      const names = lists.get(tree) ?? (await reader.loadTree(tree)).nodes.map((node) => node.name);
      lists.set(tree, names);
      return names;
    },
  };
}

function findNode(nodes: readonly Node[], name: PathBelow, foldsCase: boolean): Node | undefined {
  const exact = nodes.find((node) => node.name === name);
  return exact ?? (foldsCase ? nodes.find((node) => isSameName(node.name, name, true)) : undefined);
}

/** True if the names of a path begin with those of another. */
export function beginsWith(names: readonly PathBelow[], start: readonly PathBelow[], foldsCase: boolean): boolean {
  return start.every((name, at) => isSameName(names[at], name, foldsCase));
}

function isSameName(a: PathBelow | undefined, b: PathBelow, foldsCase: boolean): boolean {
  return a === b || (foldsCase && a?.toLowerCase() === b.toLowerCase());
}

/** True for a snapshot of a Windows system, where names are the same that differ only in the case of letters. */
function isOfWindows({ snapshot }: StoredSnapshot): boolean {
  return isWindowsPath(snapshot.paths[0] ?? '');
}

/** The place that these names lead to from the root of a snapshot, if it is there. */
export async function followNames(
  finder: NodeFinder,
  stored: StoredSnapshot,
  names: readonly PathBelow[],
): Promise<PlaceInSnapshot | undefined> {
  const foldsCase = isOfWindows(stored);
  let place: PlaceInSnapshot = { stored, path: treeRoot, node: undefined, tree: stored.snapshot.tree };
  for (const name of names) {
    const node = place.tree === undefined ? undefined : await finder.find(place.tree, name, foldsCase);
    if (!node) return undefined;
    const tree = node.type === 'dir' ? node.subtree : undefined;
    place = { stored, path: joinTreePath(place.path, node.name), node, tree };
  }
  return place;
}

/** The place that the first of these lists of names leads to that leads anywhere. */
export async function followFirst(
  finder: NodeFinder,
  stored: StoredSnapshot,
  candidates: readonly (readonly string[])[],
): Promise<PlaceInSnapshot | undefined> {
  for (const names of candidates) {
    const place = await followNames(finder, stored, names);
    if (place) return place;
  }
  return undefined;
}

async function nearestFolder(finder: NodeFinder, stored: StoredSnapshot, names: readonly string[]): Promise<string> {
  for (let length = names.length - 1; length > 0; length--) {
    const place = await followNames(finder, stored, names.slice(0, length));
    if (place?.tree !== undefined) return place.path;
  }
  return '/';
}

/** Where a place on the disk, given by the names of its path, may be in the tree; the likeliest first. */
export async function placesOnDisk(
  finder: NodeFinder,
  stored: StoredSnapshot,
  names: readonly PathBelow[],
): Promise<PathBelow[][]> {
  const targets = stored.snapshot.paths.map((target) => treeNamesOf(target));
  const foldsCase = isOfWindows(stored);
  const holding = targets.filter((target) => beginsWith(names, target, foldsCase));
  if (holding.length === 0) return [];
  const rootNames = await finder.list(stored.snapshot.tree);
  return holding.flatMap((target) => {
    const asRecorded = [...target, ...names.slice(target.length)];
    return possibleCuts(target, targets, rootNames).map((cut) => asRecorded.slice(cut));
  });
}

/**
 * How many leading names of a target may be missing in a tree with these names at its root; the
 * likeliest first. All are missing where the content of the target is at the root.
 */
export function possibleCuts(
  target: readonly string[],
  targets: readonly (readonly string[])[],
  rootNames: readonly string[],
): number[] {
  const firstNames = new Set(targets.map((names) => names[0]));
  if (rootNames.length > 0 && rootNames.every((name) => firstNames.has(name))) return [0];
  // A single target that is no content is the only thing at the root.
  const isContent = targets.length === 1 && rootNames.length !== 1;
  const cuts = isContent ? [] : target.map((_, cut) => cut).filter((cut) => rootNames.includes(target[cut]!));
  return [...cuts, target.length];
}
