import * as vscode from 'vscode';
import { countPacks } from '../counts.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';

/** Says so when a backup finds that a part of its target is lost. */
export function warnOfGonePacks({ backups, log }: Cairn): vscode.Disposable {
  return backups.onDidFinish(({ target, report: { gonePacks } }) => {
    if (gonePacks === undefined) return;
    const text = vscode.l10n.t(
      'Missing or cut short in {1}: {0}. What this folder has of the content was stored again; what older snapshots lack, Verify shows.',
      countPacks(gonePacks),
      target.name,
    );
    log.warn(text);
    const verify = vscode.l10n.t('Verify');
    void vscode.window.showWarningMessage(`Cairn: ${text}`, verify).then((choice) => {
      if (choice === verify) void vscode.commands.executeCommand(commands.verifyTarget);
    });
  });
}
