import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { workspaceFolders } from '../settings.ts';
import { isOwnRepository, type Target } from '../targets/targetStore.ts';

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
