import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import type { BackupReport } from '../../worker/engineProtocol/backup.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { registerCommand } from '../registerCommand.ts';
import { workspaceFolders } from '../settings.ts';
import type { Target } from '../targets/targetStore.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';
import { withProgress } from '../withProgress.ts';

/** The commands that back up because a person says so. */
export function registerBackupCommands(cairn: Cairn, automatic: AutomaticBackups): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(cairn, commands.backupWorkspace, () => backUpWorkspace(cairn, automatic)),
    registerCommand(cairn, commands.cancelBackup, () => cairn.backups.cancel()),
  );
}

/** Backs up every folder of the workspace to a repository, the primary one unless stated, with progress that can be cancelled. */
export async function backUpWorkspace(
  cairn: Cairn,
  automatic: AutomaticBackups,
  target = cairn.targets.primary(),
): Promise<void> {
  await backUpFolders(cairn, automatic, workspaceFolders(), target);
}

/** Backs up these folders of the workspace, as {@link backUpWorkspace} does all. */
export async function backUpFolders(
  cairn: Cairn,
  automatic: AutomaticBackups,
  folders: readonly vscode.WorkspaceFolder[],
  target = cairn.targets.primary(),
): Promise<void> {
  await cairn.targets.use(target, () => backUpAll(cairn, automatic, folders, target));
}

async function backUpAll(
  cairn: Cairn,
  automatic: AutomaticBackups,
  folders: readonly vscode.WorkspaceFolder[],
  target: Target,
): Promise<void> {
  const title = vscode.l10n.t('Backing up the workspace');
  const reports: BackupReport[] = [];
  const isFirst = !folders.some((folder) => automatic.isProtected(folder));
  await withProgress({ location: vscode.ProgressLocation.Notification, title }, async (options) => {
    for (const folder of folders) {
      reports.push(await cairn.backups.backUp({ folder, trigger: 'manual', scan: 'full', target }, options));
    }
  });
  const begins = isFirst && folders.some((folder) => automatic.isProtected(folder));
  tellResult(cairn, reports, begins && !automatic.isPaused);
}

/**
 * Tells a person of backups what they should know. `begins`: automatic snapshots of this workspace begin with
 * them.
 */
export function tellResult({ log }: Pick<Cairn, 'log'>, reports: readonly BackupReport[], begins: boolean): void {
  const created = reports.find((report) => report.createdRepository)?.createdRepository;
  const problems = reports.reduce((sum, report) => sum + report.problems.length, 0);
  const showLog = vscode.l10n.t('Show Log');
  const kit = vscode.l10n.t('Save Recovery Kit…');
  const onChoice = (choice: string | undefined) => {
    if (choice === showLog) log.show();
    if (choice === kit) void vscode.commands.executeCommand(commands.saveRecoveryKit);
  };
  if (problems > 0) {
    const text = vscode.l10n.t('Backed up, but {0} could not be read whole. See the log.', countFiles(problems));
    void vscode.window.showWarningMessage(`Cairn: ${text}`, showLog).then(onChoice);
  }
  const recovered = reports.find((report) => report.recoveredFrom)?.recoveredFrom;
  const automatic = vscode.l10n.t('From now on every save and every git commit is a snapshot.');
  if (created) {
    const text = vscode.l10n.t(
      'Backed up to the new repository {0}. Its password is in {1}; save the recovery kit to have it elsewhere, too.',
      created.location,
      created.passwordFile,
    );
    const sentences = begins ? `${text} ${automatic}` : text;
    void vscode.window.showInformationMessage(`Cairn: ${sentences}`, kit).then(onChoice);
  } else if (recovered !== undefined) {
    const text = vscode.l10n.t(
      'The repository was gone. It is back with all its snapshots, from its guard {0}, and the workspace is backed up to it.',
      recovered,
    );
    void vscode.window.showWarningMessage(`Cairn: ${text}`);
  } else if (begins) {
    void vscode.window.showInformationMessage(`Cairn: ${vscode.l10n.t('Backed up.')} ${automatic}`);
  } else if (reports.every(({ snapshot }) => !snapshot)) {
    const text = vscode.l10n.t('Nothing changed since the last snapshot.');
    vscode.window.setStatusBarMessage(`$(check) ${text}`, 5_000);
  }
}
