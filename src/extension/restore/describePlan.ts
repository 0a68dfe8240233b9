import * as vscode from 'vscode';
import type { OrderPlan } from './orderPlan.ts';

/** What a restore would do, in one line: `3 created, 12 overwritten`. `deletions`: say also what would be deleted. */
export function describeTotals({ totals }: Pick<OrderPlan, 'totals'>, deletions: boolean): string {
  const parts = [
    ...(totals.create > 0 ? [vscode.l10n.t('{0} created', number(totals.create))] : []),
    ...(totals.overwrite > 0 ? [vscode.l10n.t('{0} overwritten', number(totals.overwrite))] : []),
    ...(totals.metadata > 0 ? [vscode.l10n.t('time and rights of {0}', number(totals.metadata))] : []),
    ...(deletions && totals.delete > 0 ? [vscode.l10n.t('{0} deleted', number(totals.delete))] : []),
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
