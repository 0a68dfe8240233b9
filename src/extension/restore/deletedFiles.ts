import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { Cairn } from '../cairn.ts';
import type { DeletedPlace } from '../deleted/deletedPlace.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { pathOnDisk } from '../documents/comparison.ts';
import { fetchChanges } from '../snapshots/fetchChanges.ts';
import { isChangedPlace, type SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import { partOf } from './partOf.ts';
import type { RestoreOrder } from './restoreOrder.ts';

/** Of more, all that the snapshot before has is looked at. */
const MOST_FILES = 5_000;

/**
 * To bring back what a snapshot deleted, from the one before it; all of that, where it turned files to noise. Undefined if that
 * is nothing, which is said.
 */
export async function orderOfDeleted(cairn: Cairn, place: SnapshotPlace): Promise<RestoreOrder | undefined> {
  const { changes, truncated, before } = await fetchChanges(cairn, place, MOST_FILES);
  if (before && place.row.scrambled) {
    const { folder } = await partOf(cairn, [{ target: place.target, row: place.row }]);
    return { what: folder.name, target: place.target, parts: [{ folder, snapshot: before, paths: [] }] };
  }
  const deleted = changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path);
  if (!before || deleted.length === 0) {
    const text = vscode.l10n.t('This snapshot deleted nothing that the one before it has.');
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return undefined;
  }
  const { folder } = await partOf(cairn, [{ target: place.target, row: place.row }]);
  const onDisk = (path: DiskPath) => pathOnDisk(path, pathOf(folder.uri), place.row);
  const paths = truncated ? [] : deleted.map(onDisk);
  const what = truncated ? folder.name : countFiles(deleted.length);
  return { what, target: place.target, parts: [{ folder, snapshot: before, paths }], asksOnlyToOverwrite: true };
}

/** To take files back to how they were before a snapshot changed or deleted them. Undefined if there is no such version. */
export async function orderBefore(cairn: Cairn, chosen: readonly SnapshotPlace[]): Promise<RestoreOrder | undefined> {
  const places = chosen.filter(isChangedPlace).filter(({ change, before }) => before && change.kind !== 'added');
  const [first, ...others] = places.map(({ target, row, change: { path, from = path } }) => ({
    target,
    row,
    path: from,
  }));
  if (!first) {
    const text = vscode.l10n.t('There is no version before this one: the snapshot before does not have it.');
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return undefined;
  }
  const { folder, paths } = await partOf(cairn, [first, ...others]);
  const what = others.length === 0 ? lastName(first.path) : countFiles(paths.length);
  const parts = [{ folder, snapshot: places[0]!.before!, paths }];
  return { what, target: first.target, parts, asksOnlyToOverwrite: true };
}

/** To bring back files of the view Deleted, each from the newest snapshot that has it. Of several, all is shown first. */
export function orderOfDeletedPlaces(places: readonly DeletedPlace[]): RestoreOrder | undefined {
  const [first, ...others] = places;
  if (!first) {
    const text = vscode.l10n.t('Choose deleted files in the view Deleted; they come back from there.');
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return undefined;
  }
  const parts = Map.groupBy(places, ({ folder, file }) => `${file.snapshot.id} ${folder.uri.toString()}`);
  return {
    what: others.length === 0 ? lastName(first.file.path) : vscode.l10n.t('{0} files', places.length),
    target: first.target,
    parts: [...parts.values()].map((of) => ({
      folder: of[0]!.folder,
      snapshot: of[0]!.file.snapshot,
      // Of a work tree, all comes back.
      paths: of.filter(({ file }) => !file.isWorktree).map(({ file }) => file.path),
    })),
    asksOnlyToOverwrite: others.length === 0 && !first.file.isWorktree,
  };
}
