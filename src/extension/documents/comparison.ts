import type { DiskPath } from '../../base/pathKinds.ts';
import type { ChangeRow, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import { joinPath, wayBelow } from '../diskPaths.ts';
import { diskUri, emptyUri, snapshotUri, type UriParts } from './snapshotUri.ts';

/** A state of a workspace folder that is compared with another: a snapshot in a target, or what is on the disk. */
export type ComparedState = SnapshotState | DiskState;

interface DiskState {
  readonly kind: 'disk';
  /** The workspace folder, absolute. */
  readonly folder: DiskPath;
}

/** What of a snapshot is needed to compare it. */
export type ComparedSnapshot = Pick<SnapshotRow, 'id' | 'time' | 'paths'>;

interface SnapshotState {
  readonly kind: 'snapshot';
  readonly snapshot: ComparedSnapshot;
  /** Id of the target. */
  readonly target: string;
}

/** Two states of which the changes were found. */
export interface Comparison {
  /** Absent if there is nothing before: all is new. */
  readonly before?: ComparedState;
  readonly after: ComparedState;
}

/** The two documents of a change; absent where there is none. Those of the scheme `file` have the path of the disk. */
export interface ChangeSides {
  readonly before?: UriParts;
  readonly after?: UriParts;
}

/** Where the two sides of a change are read. What is no file and no link has no side. */
export function sidesOf(change: ChangeRow, { before, after }: Comparison): ChangeSides {
  const { path, from = path, kind, type, typeBefore = type } = change;
  const original = before && kind !== 'added' ? sideOf(before, pathBefore(from, before, after), typeBefore) : undefined;
  const modified = kind !== 'removed' ? sideOf(after, path, type) : undefined;
  return { ...(original && { before: original }), ...(modified && { after: modified }) };
}

/** Both documents of a change, an empty one where there is none. */
export function bothSidesOf(change: ChangeRow, comparison: Comparison): Required<ChangeSides> {
  const { before, after } = sidesOf(change, comparison);
  return { before: before ?? emptyUri(change.from ?? change.path), after: after ?? emptyUri(change.path) };
}

function sideOf(state: ComparedState, path: DiskPath, type: ChangeRow['type']): UriParts | undefined {
  if (type !== 'file' && type !== 'symlink') return undefined;
  if (state.kind === 'snapshot') return snapshotUri(state.snapshot.id, path, state.target);
  if (type === 'symlink' || !path.isWellFormed()) return diskUri(path);
  return { scheme: 'file', authority: '', path, query: '' };
}

/** Changes have the paths of the later state; a workspace that was moved had another one before. */
function pathBefore(path: DiskPath, before: ComparedState, after: ComparedState): DiskPath {
  const [from, to] = [rootOf(after), rootOf(before)];
  return from !== undefined && to !== undefined ? move(path, from, to) : path;
}

/** The one folder that a state is of, if it is only one. */
function rootOf(state: ComparedState): DiskPath | undefined {
  if (state.kind === 'disk') return state.folder;
  const { paths } = state.snapshot;
  return paths.length === 1 ? paths[0] : undefined;
}

/** Where a snapshot has what is at a place of the workspace folder now. Absolute. */
export function pathInSnapshot(path: DiskPath, folder: DiskPath, { paths }: ComparedSnapshot): DiskPath {
  return move(path, folder, paths.length === 1 ? paths[0]! : folder);
}

/** Where in the workspace folder what a snapshot has at a place belongs. The inverse of {@link pathInSnapshot}. */
export function pathOnDisk(path: DiskPath, folder: DiskPath, { paths }: ComparedSnapshot): DiskPath {
  return move(path, paths.length === 1 ? paths[0]! : folder, folder);
}

function move(path: DiskPath, from: DiskPath, to: DiskPath): DiskPath {
  const way = wayBelow(from, path);
  return way === undefined ? path : joinPath(to, way);
}
