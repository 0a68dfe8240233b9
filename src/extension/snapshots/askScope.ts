import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { workspaceFolders } from '../settings.ts';
import { shownLocation } from '../targets/targetStore.ts';
import type { SnapshotScope } from './snapshotScope.ts';

/** Asks a person of which target, and whose snapshots to show. Undefined if that was cancelled. */
export async function askScope({ targets }: Pick<Cairn, 'targets'>): Promise<SnapshotScope | undefined> {
  const primary = targets.primary();
  const repositories = targets.list().filter(({ kind }) => kind === 'repository');
  const itemsOf = (isAll: boolean) =>
    repositories.map((target) => ({
      label: target.name,
      ...(target.location !== undefined && { description: shownLocation(target)! }),
      iconPath: new vscode.ThemeIcon(isAll ? 'globe' : 'root-folder'),
      scope: { isAll, ...(target !== primary && target.id !== primary.id && { target: target.id }) },
    }));
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator, scope: undefined });
  const ofWorkspace = [separator(vscode.l10n.t('Of this workspace')), ...itemsOf(false)];
  const ofAll = [separator(vscode.l10n.t('Of all workspaces and hosts')), ...itemsOf(true)];
  const items = workspaceFolders().length > 0 ? [...ofWorkspace, ...ofAll] : ofAll;
  const title = vscode.l10n.t('Show Snapshots Of');
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.scope;
}
