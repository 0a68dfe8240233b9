import * as vscode from 'vscode';
import { commands, views } from '../contributions.ts';
import type { BackupState } from './backupState.ts';

/** What can be done about backups now, as a quick pick. */
export async function showStatusMenu(state: BackupState, status: string): Promise<void> {
  const item = (icon: string, label: string, command: string) => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    command,
  });
  const items = [
    state.running
      ? item('circle-slash', vscode.l10n.t('Cancel Backup'), commands.cancelBackup)
      : item('cloud-upload', vscode.l10n.t('Back Up Now'), commands.backupWorkspace),
    item('target', vscode.l10n.t('Back Up to…'), commands.backupTo),
    item('history', vscode.l10n.t('Show Snapshots'), `${views.snapshots}.focus`),
    item('diff', vscode.l10n.t('Show Changes'), `${views.changes}.focus`),
    item('discard', vscode.l10n.t('Restore Workspace…'), commands.restoreWorkspace),
    state.isPaused
      ? item('debug-start', vscode.l10n.t('Resume Automatic Snapshots'), commands.resumeAutomaticSnapshots)
      : item('debug-pause', vscode.l10n.t('Pause Automatic Snapshots'), commands.pauseAutomaticSnapshots),
    item('output', vscode.l10n.t('Show Log'), commands.showLog),
  ];
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: status });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}
