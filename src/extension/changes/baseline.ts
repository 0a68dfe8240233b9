/** Since when the view Changes tells what changed. */
import * as vscode from 'vscode';
import type { Baseline, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import { momentOf } from '../documents/describeState.ts';

/** What a person chose; remembered for the workspace. The morning is that of the day on which one looks. */
export type ChosenBaseline =
  | { readonly kind: 'last' | 'commit' | 'agent' | 'morning' }
  | { readonly kind: 'snapshot'; readonly id: string; readonly time: string; readonly name: string };

/** As the engine is asked for it. */
export function baselineAt(chosen: ChosenBaseline, now: Date): Baseline {
  switch (chosen.kind) {
    case 'morning':
      return { kind: 'before', time: new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString() };
    case 'snapshot':
      return { kind: 'snapshot', id: chosen.id, time: chosen.time };
    case 'last':
    case 'commit':
    case 'agent':
      return { kind: chosen.kind };
  }
}

/** What changes are told since, after the word `since`: `the last commit, 14:02`. */
export function sinceText(chosen: ChosenBaseline, snapshot: SnapshotRow, isMissing: boolean): string {
  const moment = momentOf(snapshot);
  if (isMissing) return vscode.l10n.t('{0}, as there is no {1}', moment, missingText(chosen));
  switch (chosen.kind) {
    case 'last':
      return moment;
    case 'commit':
      return vscode.l10n.t('the last commit, {0}', moment);
    case 'agent':
      return vscode.l10n.t('the agent began, {0}', moment);
    case 'morning':
      return vscode.l10n.t('this morning, {0}', moment);
    case 'snapshot':
      return snapshot.label === undefined ? moment : vscode.l10n.t('“{0}”, {1}', snapshot.label, moment);
  }
}

function missingText(chosen: ChosenBaseline): string {
  if (chosen.kind === 'commit') return vscode.l10n.t('snapshot of a commit');
  if (chosen.kind === 'agent') return vscode.l10n.t('snapshot of an agent');
  return chosen.kind === 'snapshot' ? vscode.l10n.t('snapshot {0} any more', chosen.name) : vscode.l10n.t('snapshot');
}

/** What there is to choose from in any workspace. */
export function baselineItems(current: ChosenBaseline) {
  const item = (kind: 'last' | 'commit' | 'morning' | 'agent', icon: string, label: string, detail: string) => ({
    label,
    detail,
    iconPath: new vscode.ThemeIcon(icon),
    ...(current.kind === kind && { description: vscode.l10n.t('chosen') }),
    chosen: { kind },
  });
  return [
    item('last', 'history', vscode.l10n.t('Last Snapshot'), vscode.l10n.t('Begins anew with each automatic snapshot.')),
    item('commit', 'git-commit', vscode.l10n.t('Last Commit'), vscode.l10n.t('The newest snapshot of a git commit.')),
    item('morning', 'calendar', vscode.l10n.t('This Morning'), vscode.l10n.t('The last snapshot before today.')),
    item(
      'agent',
      'robot',
      vscode.l10n.t('When the Agent Began'),
      vscode.l10n.t('The snapshot before the first one of the newest session of an agent.'),
    ),
  ];
}
