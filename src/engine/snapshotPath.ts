/**
 * Naming a place in a snapshot: `SNAP` or `SNAP:PATH`, where SNAP is `latest`, an id or the beginning
 * of one.
 *
 * How a snapshot's tree begins depends on how the backup was asked for (format notes 6.1): `backup
 * /home/x` puts `/home/x` into the tree, `backup .` in that folder puts its content at the root. The
 * snapshot's `paths` name the same folder in both cases. So a path is first taken as it stands in the
 * tree, and then as a place on the disk, from which leading names of a backed-up path are missing.
 */
import { posix } from 'node:path';
import { CairnError } from '../base/errors.ts';
import { displayPath } from '../base/rawName.ts';
import type { BlobId } from '../repository/format/ids.ts';
import type { Node } from '../repository/format/node.ts';
import { findSnapshot, SHORT_ID_LENGTH, type SnapshotFilter, type StoredSnapshot } from '../repository/snapshots.ts';
import type { Session } from './session.ts';
import { joinTreePath, type TreeReader } from './walkTree.ts';

/** An entry of a snapshot, or its root. */
export interface PlaceInSnapshot {
  readonly stored: StoredSnapshot;
  /** As it stands in the snapshot's tree; `/` for the root. */
  readonly path: string;
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
 * one path of the snapshot or to its root; empty is the root.
 * Throws `path-not-in-snapshot`, or what a damaged folder list on the way fails with.
 */
export async function findPlace(reader: TreeReader, stored: StoredSnapshot, path: string): Promise<PlaceInSnapshot> {
  const find = createNodeFinder(reader);
  const candidates = treePaths(path, stored.snapshot.paths);
  const place = await followFirst(find, stored, candidates);
  if (place) return place;
  const nearest = await nearestFolder(find, stored, candidates[0] ?? []);
  const id = stored.id.slice(0, SHORT_ID_LENGTH);
  throw new CairnError(
    'path-not-in-snapshot',
    `There is no "${displayPath(path)}" in snapshot ${id}. "cairn ls ${id} ${displayPath(nearest)}" shows what is there.`,
    { details: { snapshot: stored.id, path: displayPath(path), nearest: displayPath(nearest) } },
  );
}

/** Finds an entry of a folder by its name. */
export type NodeFinder = (tree: BlobId, name: string) => Promise<Node | undefined>;

/** A finder that remembers what it found, so that a folder shared by many snapshots is read once a name. */
export function createNodeFinder(reader: TreeReader): NodeFinder {
  const known = new Map<string, Node | undefined>();
  return async (tree, name) => {
    const key = tree + name;
    if (known.has(key)) return known.get(key);
    const { nodes } = await reader.loadTree(tree);
    const node = nodes.find((entry) => entry.name === name);
    known.set(key, node);
    return node;
  };
}

/** The place that these names lead to from the root of a snapshot, if it is there. */
export async function followNames(
  find: NodeFinder,
  stored: StoredSnapshot,
  names: readonly string[],
): Promise<PlaceInSnapshot | undefined> {
  let place: PlaceInSnapshot = { stored, path: '/', node: undefined, tree: stored.snapshot.tree };
  for (const name of names) {
    const node = place.tree === undefined ? undefined : await find(place.tree, name);
    if (!node) return undefined;
    const tree = node.type === 'dir' ? node.subtree : undefined;
    place = { stored, path: joinTreePath(place.path, name), node, tree };
  }
  return place;
}

/** The place that the first of these lists of names leads to that leads anywhere. */
export async function followFirst(
  find: NodeFinder,
  stored: StoredSnapshot,
  candidates: readonly (readonly string[])[],
): Promise<PlaceInSnapshot | undefined> {
  for (const names of candidates) {
    const place = await followNames(find, stored, names);
    if (place) return place;
  }
  return undefined;
}

async function nearestFolder(find: NodeFinder, stored: StoredSnapshot, names: readonly string[]): Promise<string> {
  for (let length = names.length - 1; length > 0; length--) {
    const place = await followNames(find, stored, names.slice(0, length));
    if (place?.tree !== undefined) return place.path;
  }
  return '/';
}

/**
 * Where a path may stand in the tree of a snapshot of these paths, as names from the root on, the
 * likeliest first.
 */
export function treePaths(path: string, snapshotPaths: readonly string[]): string[][] {
  const targets = snapshotPaths.map((target) => treeNames(target));
  const wanted = treeNames(path, isWindowsPath(snapshotPaths[0] ?? ''));
  if (wanted.length === 0) return [[]];
  if (isAbsolutePath(path)) return [wanted, ...targets.flatMap((target) => shortened(wanted, target))];
  const whole = targets.length === 1 ? [...targets[0]!, ...wanted] : wanted;
  return [whole, ...targets.flatMap((target) => shortened(whole, target)), wanted];
}

/** Without one, two, … of the leading names of the target it lies in; the shortest is what the target holds. */
function shortened(names: readonly string[], target: readonly string[]): string[][] {
  if (!target.every((name, at) => names[at] === name)) return [];
  return target.map((_, at) => names.slice(at + 1));
}

/** The names of a path as a tree has them: on Windows the first is the drive's letter (format notes 6.1). */
export function treeNames(path: string, isWindows = isWindowsPath(path)): string[] {
  const slashed = isWindows ? path.replace(/^([A-Za-z]):/, '$1').replaceAll('\\', '/') : path;
  return posix
    .normalize(slashed)
    .split('/')
    .filter((name) => name !== '' && name !== '.');
}

function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(path);
}

/** True for `/…`, and for `C:\…` as Windows has it, on any platform. */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith('/') || isWindowsPath(path);
}
