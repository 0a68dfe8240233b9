import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';

/** Runs what needs a repository for itself; where another program holds it, says who and offers to try again. */
export async function retryLocked<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (errorCode(error) !== 'locked') throw error;
      const retry = vscode.l10n.t('Try Again');
      const choice = await vscode.window.showWarningMessage(`Cairn: ${(error as Error).message}`, retry);
      if (choice !== retry) throw new vscode.CancellationError();
    }
  }
}
