import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { workspaceFolders } from '../settings.ts';
import { isOwnRepository, shownLocation, type Target } from '../targets/targetStore.ts';

/** Whose snapshots a view shows. */
export interface SnapshotScope {
  /** Id of a target; absent: the primary one, whichever that is. */
  readonly target?: string;
  /** Also those of other workspaces and hosts. */
  readonly isAll: boolean;
}

/** The target of a scope; the primary one if it is not there any more. */
export function targetOf({ targets }: Pick<Cairn, 'targets'>, { target }: SnapshotScope): Target {
  return (target === undefined ? undefined : targets.find(target)) ?? targets.primary();
}

/** The other repositories to which the workspace may have been backed up, too. */
export function otherTargets(cairn: Pick<Cairn, 'targets'>, scope: SnapshotScope): Target[] {
  const { id } = targetOf(cairn, scope);
  return cairn.targets.list().filter((target) => isOwnRepository(target) && target.id !== id);
}

/** A few words for the head of the view; empty where there is but one repository. */
export function describeScope(cairn: Pick<Cairn, 'targets'>, scope: SnapshotScope): string {
  return [
    ...(scope.target === undefined && otherTargets(cairn, scope).length === 0 ? [] : [targetOf(cairn, scope).name]),
    ...(scope.isAll && workspaceFolders().length > 0 ? [vscode.l10n.t('all workspaces')] : []),
  ].join(', ');
}

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
