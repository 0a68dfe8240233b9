import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { copyPlace } from '../targets/backUpTo.ts';
import { kindIcons } from '../targets/pickTarget.ts';
import { isRepository } from '../targets/targetStore.ts';
import { mirrorFolder, type MirrorOrder } from './mirrorFolder.ts';

/** Asks what is to be copied where, and goes on as {@link mirrorFolder}. */
export async function runMirrorCommand(cairn: Cairn): Promise<void> {
  const folder = await pickWorkspaceFolder(vscode.l10n.t('Mirror'));
  if (!folder) return;
  const order = await pickDestination(cairn, folder);
  if (order) await mirrorFolder(cairn, folder.uri, order);
}

/** The only folder of the workspace, or the one that a person chooses. */
async function pickWorkspaceFolder(title: string): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = workspaceFolders();
  if (folders.length <= 1) return folders[0];
  const items = folders.map((folder) => ({ label: folder.name, description: pathOf(folder.uri), folder }));
  const placeHolder = vscode.l10n.t('Which folder?');
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.folder;
}

async function pickDestination(cairn: Cairn, folder: vscode.WorkspaceFolder): Promise<MirrorOrder | undefined> {
  const targets = cairn.targets.list().filter((target) => !isRepository(target));
  const items = [
    ...targets.map((target) => ({
      iconPath: new vscode.ThemeIcon(kindIcons[target.kind]),
      label: target.name,
      description: copyPlace(target, folder.name).destination,
      order: { ...copyPlace(target, folder.name), isTarget: true },
    })),
    {
      iconPath: new vscode.ThemeIcon('folder-opened'),
      label: vscode.l10n.t('Choose a Folder…'),
      description: '',
      order: undefined,
    },
  ];
  const title = vscode.l10n.t('Mirror {0}', folder.name);
  const placeHolder = vscode.l10n.t('Where should the copy go? You see what would be done before anything is written.');
  const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title, placeHolder });
  if (!chosen || chosen.order) return chosen?.order;
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('The folder that becomes equal to {0}', folder.name),
    openLabel: vscode.l10n.t('Mirror Here'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return picked?.[0] && { destination: pathOf(picked[0]), isTarget: false };
}
