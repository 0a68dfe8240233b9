import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { ChangeRow, EntryRow, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { pathInSnapshot, pathOnDisk } from '../documents/comparison.ts';
import { describeSnapshot, momentOf } from '../documents/describeState.ts';
import { openAllChanges, openChange } from '../documents/openChange.ts';
import { registerCommand } from '../registerCommand.ts';
import { sourceOf, workspaceFolders } from '../settings.ts';
import { chosenPlaces, type SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import type { Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';
import { chosenResources } from './chosenResources.ts';
import { comparisonWithDisk } from './comparisonWithDisk.ts';
import { pickSnapshot } from './pickSnapshot.ts';

/** As many changes as an editor for all of them, or a person, takes in. */
const MAX_CHANGES = 1_000;

/** Files and folders of one workspace folder, and the snapshot with which they are compared. */
interface Order {
  readonly folder: vscode.WorkspaceFolder;
  readonly resources: readonly vscode.Uri[];
  readonly target: Target;
  readonly snapshot: SnapshotRow;
}

/** The commands that compare files and folders on the disk with snapshots. */
export function registerCompareCommands(cairn: Cairn): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(cairn, commands.compareWithLastSnapshot, async (clicked?: unknown, selected?: unknown) => {
      const target = cairn.targets.primary();
      for (const [folder, resources] of byFolder(chosenResources(clicked, selected))) {
        await compare(cairn, { folder, resources, target, snapshot: await lastSnapshot(cairn, folder, target) });
      }
    }),
    registerCommand(cairn, commands.compareWithSnapshot, async (clicked?: unknown, selected?: unknown) => {
      const places = chosenPlaces(clicked, selected);
      if (places.length > 0) {
        for (const ofOne of Map.groupBy(places, ({ row }) => row.id).values()) await compare(cairn, orderOf(ofOne));
        return;
      }
      const target = cairn.targets.primary();
      for (const [folder, resources] of byFolder(chosenResources(clicked, selected))) {
        const title = vscode.l10n.t('Compare {0} with', nameOf(resources));
        const snapshot = await pickSnapshot(cairn, folder, target, title);
        if (snapshot) await compare(cairn, { folder, resources, target, snapshot });
      }
    }),
  );
}

/** To compare a snapshot, or what was chosen in it, with what is on the disk in its place. */
function orderOf(places: readonly SnapshotPlace[]): Order {
  const { row: snapshot, target } = places[0]!;
  const folders = workspaceFolders();
  const isOf = (uri: vscode.Uri) => snapshot.paths.some((target) => isSamePlace(target, pathOf(uri)));
  const folder = folders.find(({ uri }) => isOf(uri)) ?? folders[0];
  if (!folder)
    throw new CairnError('refused', vscode.l10n.t('No folder is open that the snapshot could be compared with.'));
  const root = pathOf(folder.uri);
  const onDisk = places.map(({ path }) => (path === undefined ? root : pathOnDisk(path, root, snapshot)));
  return { folder, resources: onDisk.map((path) => vscode.Uri.file(path)), target, snapshot };
}

/** The chosen files and folders by workspace folder; without any, the workspace folders themselves. */
function byFolder(resources: readonly vscode.Uri[]): Map<vscode.WorkspaceFolder, vscode.Uri[]> {
  if (resources.length === 0) return new Map(workspaceFolders().map((folder) => [folder, [folder.uri]]));
  return Map.groupBy(resources, (uri) => {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    if (folder) return folder;
    const text = vscode.l10n.t(
      '{0} is in no folder of the workspace, so no snapshot of the workspace has it.',
      pathOf(uri),
    );
    throw new CairnError('refused', text);
  });
}

async function lastSnapshot(
  { engine, targets }: Cairn,
  folder: vscode.WorkspaceFolder,
  target: Target,
): Promise<SnapshotRow> {
  const { rows } = await targets.use(target, (repository) =>
    engine.call('listSnapshots', { repository, folder: pathOf(folder.uri), limit: 1 }),
  );
  if (rows[0]) return rows[0];
  const text = vscode.l10n.t(
    'There is no snapshot of {0} yet. Run "Cairn: Back Up Workspace" to make one.',
    folder.name,
  );
  throw new CairnError('snapshot-not-found', text);
}

async function compare(cairn: Cairn, order: Order): Promise<void> {
  const [only] = order.resources;
  if (order.resources.length === 1 && !(await isFolder(only!))) return compareFile(cairn, order, only!);
  return compareAll(cairn, order);
}

/** Also shows a file that does not differ: what is in the editor may. */
async function compareFile(cairn: Cairn, order: Order, uri: vscode.Uri): Promise<void> {
  const { folder, snapshot } = order;
  const path = pathOf(uri);
  const earlier = await entryOf(cairn, order, pathInSnapshot(path, pathOf(folder.uri), snapshot));
  if (!earlier) {
    const text = vscode.l10n.t(
      '{0} is not in the snapshot of {1}: it was not there then, or is left out of backups.',
      lastName(path),
      momentOf(snapshot),
    );
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return;
  }
  const later = await statOf(uri);
  const type = earlier.type === 'dir' ? 'file' : earlier.type;
  const change: ChangeRow = {
    path,
    kind: later ? 'modified' : 'removed',
    type,
    typeBefore: earlier.type,
    sizeBefore: earlier.size,
    ...(later && { sizeAfter: later.size }),
  };
  await openChange(cairn, change, comparisonWithDisk(order));
}

async function compareAll(cairn: Cairn, order: Order): Promise<void> {
  const { engine, targets } = cairn;
  const { folder, resources, target, snapshot } = order;
  const what = nameOf(resources);
  const progress = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Comparing {0}', what) };
  const repository = await targets.repositoryRef(target);
  const params = {
    repository,
    snapshot: snapshot.id,
    source: sourceOf(folder.uri, targets.folders()),
    paths: resources.map(pathOf),
    limit: MAX_CHANGES,
  };
  const { changes, truncated } = await withProgress(progress, (options) => engine.call('diskChanges', params, options));
  if (changes.length === 0) {
    const text = vscode.l10n.t('{0} does not differ from the snapshot of {1}.', what, momentOf(snapshot));
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return;
  }
  const title = vscode.l10n.t('{0} ({1} ↔ Current)', what, describeSnapshot(snapshot));
  await openAllChanges(cairn, title, changes, comparisonWithDisk(order));
  if (truncated) cairn.log.info(`Only ${changes.length} of the changes of ${what} were compared.`);
}

async function entryOf({ engine, targets }: Cairn, order: Order, path: DiskPath): Promise<EntryRow | undefined> {
  const repository = await targets.repositoryRef(order.target);
  try {
    return await engine.call('statEntry', { repository, snapshot: order.snapshot.id, path });
  } catch (error) {
    if (errorCode(error) === 'path-not-in-snapshot') return undefined;
    throw error;
  }
}

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  return ((await statOf(uri))?.type ?? 0) === vscode.FileType.Directory;
}

async function statOf(uri: vscode.Uri): Promise<vscode.FileStat | undefined> {
  try {
    return await vscode.workspace.fs.stat(uri);
  } catch {
    return undefined;
  }
}

/** The one thing chosen, or how many. */
function nameOf(resources: readonly vscode.Uri[]): string {
  return resources.length === 1 ? lastName(pathOf(resources[0]!)) : countFiles(resources.length);
}
