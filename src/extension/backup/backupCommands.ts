import * as vscode from 'vscode';
import type { BackupReport } from '../../worker/engineProtocol.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { registerCommand } from '../registerCommand.ts';
import { workspaceFolders } from '../settings.ts';
import type { Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';

/** The commands that back up because a person says so. */
export function registerBackupCommands(cairn: Cairn): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(cairn, commands.backupWorkspace, () => backUpWorkspace(cairn)),
    registerCommand(cairn, commands.cancelBackup, () => cairn.backups.cancel()),
  );
}

/** Backs up every folder of the workspace, with progress that can be cancelled. */
async function backUpWorkspace(cairn: Cairn, target?: Target): Promise<void> {
  const title = vscode.l10n.t('Backing up the workspace');
  const reports: BackupReport[] = [];
  await withProgress({ location: vscode.ProgressLocation.Notification, title }, async (options) => {
    for (const folder of workspaceFolders()) {
      reports.push(
        await cairn.backups.backUp({ folder, trigger: 'manual', scan: 'full', ...(target && { target }) }, options),
      );
    }
  });
  tellResult(cairn, reports);
}

function tellResult({ log }: Cairn, reports: readonly BackupReport[]): void {
  const created = reports.find((report) => report.createdRepository)?.createdRepository;
  const problems = reports.reduce((sum, report) => sum + report.problems.length, 0);
  const showLog = vscode.l10n.t('Show Log');
  const kit = vscode.l10n.t('Save Recovery Kit…');
  const onChoice = (choice: string | undefined) => {
    if (choice === showLog) log.show();
    if (choice === kit) void vscode.commands.executeCommand(commands.saveRecoveryKit);
  };
  if (problems > 0) {
    const text = vscode.l10n.t(
      'Backed up, but {0} files could not be read as they should. The log lists them.',
      problems,
    );
    void vscode.window.showWarningMessage(`Cairn: ${text}`, showLog).then(onChoice);
  }
  if (created) {
    const text = vscode.l10n.t(
      'Backed up to the new repository {0}. Its password is in {1}; save the recovery kit to have it elsewhere, too.',
      created.location,
      created.passwordFile,
    );
    void vscode.window.showInformationMessage(`Cairn: ${text}`, kit).then(onChoice);
  }
}
