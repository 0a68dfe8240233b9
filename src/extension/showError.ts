import * as vscode from 'vscode';
import { errorCode, isCairnError } from '../base/errors.ts';
import type { Cairn } from './cairn.ts';
import { commands } from './contributions.ts';

/**
 * Tells a person what failed: our own errors say what to do; of a programming error the stack is in the
 * log. What the person cancelled is no failure.
 */
export function showError({ log }: Pick<Cairn, 'log'>, error: unknown): void {
  if (errorCode(error) === 'aborted' || error instanceof vscode.CancellationError) return;
  const message = error instanceof Error ? error.message : String(error);
  log.error(isCairnError(error) && error.code !== 'internal' ? message : (error as Error));
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(`Cairn: ${message}`, showLog).then((choice) => {
    if (choice === showLog) void vscode.commands.executeCommand(commands.showLog);
  });
}
