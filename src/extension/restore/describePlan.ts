import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import type { OrderPlan } from './orderPlan.ts';

type Totals = Pick<OrderPlan['totals'], 'create' | 'overwrite' | 'metadata' | 'delete'>;

/** What a restore would do, in one line: `3 created, 12 overwritten`. `deletions`: say also what would be deleted. */
export function describeTotals(
  { totals: all, git }: { readonly totals: Totals; readonly git: Totals },
  deletions: boolean,
): string {
  const totals = {
    create: all.create - git.create,
    overwrite: all.overwrite - git.overwrite,
    metadata: all.metadata - git.metadata,
    delete: all.delete - git.delete,
  };
  const gitFiles = git.create + git.overwrite + git.metadata + (deletions ? git.delete : 0);
  const parts = [
    ...(totals.create > 0 ? [vscode.l10n.t('{0} created', number(totals.create))] : []),
    ...(totals.overwrite > 0 ? [vscode.l10n.t('{0} overwritten', number(totals.overwrite))] : []),
    ...(totals.metadata > 0 ? [vscode.l10n.t('time and rights of {0}', number(totals.metadata))] : []),
    ...(deletions && totals.delete > 0 ? [vscode.l10n.t('{0} deleted', number(totals.delete))] : []),
    ...(gitFiles > 0 ? [vscode.l10n.t('git data ({0})', countFiles(gitFiles))] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : vscode.l10n.t('nothing to do');
}

/** What stays as it is, and what cannot be restored; empty if there is nothing of the kind. */
export function describeRest({ totals, problems }: OrderPlan): string {
  const ignored = totals.kept + totals.left;
  return [
    ...(ignored > 0 ? [vscode.l10n.t('ignored, so left alone: {0}', number(ignored))] : []),
    ...(totals.gitFoldersLeft > 0 ? [vscode.l10n.t('.git is left alone')] : []),
    ...(problems.length > 0 ? [vscode.l10n.t('{0} cannot be restored', number(problems.length))] : []),
  ].join(', ');
}

/** Whether a plan does anything at all. */
export function isEmpty({ totals }: Pick<OrderPlan, 'totals'>): boolean {
  return totals.create + totals.overwrite + totals.metadata + totals.delete === 0;
}

function number(value: number): string {
  return value.toLocaleString(vscode.env.language);
}
