import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import { CairnError } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { Cairn } from '../cairn.ts';
import { chosenChanges } from '../changes/changeCommands.ts';
import { chosenResources } from '../changes/chosenResources.ts';
import { chosenDeleted } from '../deleted/deletedPlace.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { fileToFollow } from '../history/followedFile.ts';
import { pickPastFile } from '../history/pickPastFile.ts';
import { workspaceFolders } from '../settings.ts';
import { chosenPlaces, isChangedPlace, isSnapshotPlace, type SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import { orderBefore, orderOfDeleted, orderOfDeletedPlaces } from './deletedFiles.ts';
import { chooseGoneFolders } from './goneFolders.ts';
import { partOf } from './partOf.ts';
import { pickMoment } from './pickMoment.ts';
import { pickSnapshotFolder } from './pickSnapshotFolder.ts';
import { pickVersion } from './pickVersion.ts';
import type { RestoreOrder } from './restoreOrder.ts';

/** What a command of a row, of files or of the Command Palette is to bring back; undefined if a person gives it up. */
type ChooseOrder = (cairn: Cairn, node: unknown, selection: unknown) => Promise<RestoreOrder | undefined>;

/** By command. */
export const restoreOrders = {
  restoreWorkspace: chooseWorkspace,
  restoreFile: chooseFile,
  restoreFolder: chooseFolder,
  restoreChange: chooseChanges,
  restoreVersionBefore: (cairn, node, selection) => orderBefore(cairn, chosenPlaces(node, selection)),
  bringFolderBack: chooseGoneFolders,
  restoreDeleted: async (_, node, selection) => orderOfDeletedPlaces(chosenDeleted(node, selection)),
} as const satisfies Readonly<Record<string, ChooseOrder>>;

async function chooseWorkspace(cairn: Cairn, node: unknown, selection: unknown): Promise<RestoreOrder | undefined> {
  const [place] = chosenPlaces(node, selection);
  if (place) {
    const part = await partOf(cairn, [{ target: place.target, row: place.row }]);
    return { what: part.folder.name, target: place.target, parts: [part] };
  }
  const folders = await pickFolders();
  if (!folders) return undefined;
  const target = cairn.targets.primary();
  const what = folders.length === 1 ? folders[0]!.name : vscode.l10n.t('the workspace');
  const moment = await pickMoment(cairn, folders, target, vscode.l10n.t('Restore {0} to', what));
  return moment && { what, target, parts: moment.map((part) => ({ ...part, paths: [] })) };
}

async function chooseFile(cairn: Cairn, node: unknown, selection: unknown): Promise<RestoreOrder | undefined> {
  const places = chosenPlaces(node, selection).filter((place) => !isDeletedIn(place));
  if (places[0]) return orderOfPlaces(cairn, [places[0], ...places.slice(1)]);
  const chosen = await filesToRestore(cairn, node, selection);
  if (!chosen) return undefined;
  const { folder, paths } = chosen;
  const target = cairn.targets.primary();
  if (paths.length > 1) return orderOfPaths(cairn, chosen);
  const snapshot = await pickVersion(cairn, folder, paths[0]!, target);
  return snapshot && { what: lastName(paths[0]!), target, parts: [{ folder, snapshot, paths }] };
}

/** What was chosen, else the file of the active editor; else the one whose name a person gives. */
async function filesToRestore(cairn: Cairn, node: unknown, selection: unknown) {
  const isChosen = node !== undefined || fileToFollow() !== undefined;
  if (isChosen) return inOneFolder(chosenResources(node, selection));
  const file = await pickPastFile(cairn, vscode.l10n.t('Restore File'));
  return file && { folder: file.folder, paths: [file.path] };
}

async function chooseFolder(cairn: Cairn, node: unknown, selection: unknown): Promise<RestoreOrder | undefined> {
  const places = chosenPlaces(node, selection).filter((place) => !isDeletedIn(place));
  if (places[0]) return orderOfPlaces(cairn, [places[0], ...places.slice(1)]);
  if (node instanceof vscode.Uri) return orderOfPaths(cairn, inOneFolder(chosenResources(node, selection)));
  const folder = await pickFolder();
  if (!folder) return undefined;
  const target = cairn.targets.primary();
  const title = vscode.l10n.t('Restore a folder to');
  const [moment] = (await pickMoment(cairn, [folder], target, title)) ?? [];
  const path = moment && (await pickSnapshotFolder(cairn, moment, target));
  return path === undefined ? undefined : { what: lastName(path), target, parts: [{ ...moment!, paths: [path] }] };
}

/** Of rows of the view Changes, what the snapshot has: what was deleted, changed, or went elsewhere. */
async function chooseChanges(cairn: Cairn, node: unknown, selection: unknown): Promise<RestoreOrder | undefined> {
  // A whole snapshot, as a notice gives it.
  if (isSnapshotPlace(node) && node.path === undefined) return orderOfDeleted(cairn, node);
  if (isSnapshotPlace(node) && isChangedPlace(node)) return orderBefore(cairn, chosenPlaces(node, selection));
  const chosen = chosenChanges(node, selection);
  const [first] = chosen.keys();
  const parts = [...chosen].flatMap(([{ folder, snapshot }, changes]) => {
    const known = changes.filter(({ kind }) => kind !== 'added').map(({ path, from = path }) => from);
    return snapshot && known.length > 0 ? [{ folder, snapshot, paths: known }] : [];
  });
  if (!first || parts.length === 0) {
    const text = vscode.l10n.t('The snapshot does not have what is new since then; there is nothing to bring back.');
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return undefined;
  }
  const paths = parts.flatMap((part) => part.paths);
  return { what: nameOf(paths, first.folder), target: first.target, parts, asksOnlyToOverwrite: true };
}

/** The snapshot does not have what it deleted: that is brought back from the one before. */
function isDeletedIn(place: SnapshotPlace): boolean {
  return isChangedPlace(place) && place.change.kind === 'removed';
}

async function orderOfPlaces(
  cairn: Cairn,
  places: readonly [SnapshotPlace, ...SnapshotPlace[]],
): Promise<RestoreOrder> {
  const part = await partOf(cairn, places);
  return { what: nameOf(part.paths, part.folder), target: places[0].target, parts: [part] };
}

async function orderOfPaths(
  cairn: Cairn,
  chosen: { readonly folder: vscode.WorkspaceFolder; readonly paths: readonly DiskPath[] } | undefined,
): Promise<RestoreOrder | undefined> {
  if (!chosen) return undefined;
  const { folder, paths } = chosen;
  const what = nameOf(paths, folder);
  const target = cairn.targets.primary();
  const [moment] = (await pickMoment(cairn, [folder], target, vscode.l10n.t('Restore {0} to', what))) ?? [];
  return moment && { what, target, parts: [{ ...moment, paths }] };
}

/** Files and folders on the disk, which must be in one folder of the workspace. Throws `refused`. */
function inOneFolder(uris: readonly vscode.Uri[]) {
  const [first] = uris;
  if (!first) return undefined;
  const folder = vscode.workspace.getWorkspaceFolder(first);
  if (folder && uris.every((uri) => vscode.workspace.getWorkspaceFolder(uri) === folder)) {
    return { folder, paths: uris.map(pathOf) };
  }
  const text = folder
    ? vscode.l10n.t('Choose files of one folder of the workspace at a time.')
    : vscode.l10n.t('{0} is in no folder of the workspace, so no snapshot of the workspace has it.', pathOf(first));
  throw new CairnError('refused', text);
}

function nameOf(paths: readonly DiskPath[], folder: vscode.WorkspaceFolder): string {
  if (paths.length === 0) return folder.name;
  return paths.length === 1 ? lastName(paths[0]!) : countFiles(paths.length);
}

/** Of several folders: which, or all. */
async function pickFolders(): Promise<readonly vscode.WorkspaceFolder[] | undefined> {
  const folders = workspaceFolders();
  if (folders.length < 2) return folders;
  const items = [
    { label: vscode.l10n.t('All Folders'), iconPath: new vscode.ThemeIcon('root-folder'), folders },
    ...folders.map((folder) => ({
      label: folder.name,
      description: pathOf(folder.uri),
      iconPath: new vscode.ThemeIcon('folder'),
      folders: [folder],
    })),
  ];
  const title = vscode.l10n.t('What to Restore');
  return (await vscode.window.showQuickPick(items, { title }))?.folders;
}

async function pickFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = workspaceFolders();
  return folders.length < 2 ? folders[0] : vscode.window.showWorkspaceFolderPick();
}
