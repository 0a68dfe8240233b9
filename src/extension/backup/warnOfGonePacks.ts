import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';

/** Says so when a backup finds that a part of its target is lost. */
export function warnOfGonePacks({ backups, log }: Cairn): vscode.Disposable {
  return backups.onDidFinish(({ target, report: { gonePacks } }) => {
    if (gonePacks === undefined) return;
    const text = vscode.l10n.t(
      '{0} packs of {1} are missing or cut short. What this folder has of their content was stored again; what older snapshots lack, Verify shows.',
      gonePacks,
      target.name,
    );
    log.warn(text);
    const verify = vscode.l10n.t('Verify');
    void vscode.window.showWarningMessage(`Cairn: ${text}`, verify).then((choice) => {
      if (choice === verify) void vscode.commands.executeCommand(commands.verifyTarget);
    });
  });
}
