import * as vscode from 'vscode';
import { commands } from '../contributions.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import { percentOf } from '../withProgress.ts';
import type { BackupState } from './backupState.ts';
import { formatAge } from './formatAge.ts';

/** What the status bar says. */
export interface Status {
  /** With an icon. */
  readonly text: string;
  /** A sentence for those who hear it. */
  readonly label: string;
  readonly isWarning: boolean;
}

/** The state in a few words: the first of these that holds. */
export function describeStatus(state: BackupState): Status {
  const { running, failures, lastGood } = state;
  const age = (style: 'short' | 'long') =>
    lastGood === undefined ? '' : formatAge(Date.now() - lastGood, vscode.env.language, style);
  if (running) {
    const percent = running.progress && percentOf(running.progress);
    const done = percent === undefined ? vscode.l10n.t('Backing up') : `${Math.min(99, Math.floor(percent))} %`;
    return { text: `$(sync~spin) ${done}`, label: vscode.l10n.t('Cairn is backing up.'), isWarning: false };
  }
  if (failures.length > 0) {
    const label = vscode.l10n.t('Cairn: backups fail. {0}', failures[0]!.message);
    return { text: `$(warning) ${vscode.l10n.t('Backups fail')}`, label, isWarning: true };
  }
  if (lastGood === undefined && !state.isKnown) {
    const label = vscode.l10n.t('Cairn is reading the snapshots of this workspace.');
    return { text: '$(archive) Cairn', label, isWarning: false };
  }
  if (lastGood === undefined) {
    const label = vscode.l10n.t('Cairn: this workspace was not backed up yet.');
    const isWarning = !state.isUnprotectedByChoice;
    return { text: `$(${isWarning ? 'warning' : 'archive'}) ${vscode.l10n.t('Not backed up')}`, label, isWarning };
  }
  const label = vscode.l10n.t('Cairn: last backup {0}.', age('long'));
  if (state.isOverdue) {
    const overdue = vscode.l10n.t('There are changes that are not backed up.');
    return { text: `$(warning) ${age('short')}`, label: `${label} ${overdue}`, isWarning: true };
  }
  if (state.isPaused) {
    const paused = vscode.l10n.t('Automatic snapshots are paused.');
    const text = `$(debug-pause) ${vscode.l10n.t('Paused, {0}', age('short'))}`;
    return { text, label: `${label} ${paused}`, isWarning: false };
  }
  return { text: `$(check) ${age('short')}`, label, isWarning: false };
}

/** All that there is to say, with what can be done. `copies`: how each replica is. */
export function describeInFull(
  state: BackupState,
  { label }: Status,
  target: string,
  copies: readonly string[],
): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = {
    enabledCommands: [commands.backupWorkspace, commands.resumeAutomaticSnapshots, commands.showLog],
  };
  text.appendText(label);
  for (const { target: failing, message } of state.failures) {
    text.appendMarkdown('\n\n$(warning) ').appendText(`${failing.name}: ${message}`);
  }
  const { lastGood } = state;
  if (lastGood !== undefined) {
    const moment = formatMoment(new Date(lastGood), new Date(), vscode.env.language);
    text.appendMarkdown('\n\n').appendText(vscode.l10n.t('Last backup: {0}, to {1}', moment, target));
  }
  for (const copy of copies) text.appendMarkdown('\n\n$(repo-clone) ').appendText(copy);
  const links = [
    [commands.backupWorkspace, vscode.l10n.t('Back Up Now')],
    ...(state.isPaused ? [[commands.resumeAutomaticSnapshots, vscode.l10n.t('Resume Automatic Snapshots')]] : []),
    [commands.showLog, vscode.l10n.t('Show Log')],
  ];
  text.appendMarkdown(`\n\n${links.map(([command, title]) => `[${title}](command:${command})`).join(' · ')}`);
  return text;
}
