import * as vscode from 'vscode';
import { CairnError, errorCode } from '../../base/errors.ts';

/** So many wrong passwords, and the question is given up. */
export const MAX_TRIES = 3;

/**
 * Asks for the password of a target and checks it: `check` throws `wrong-password` for a wrong one. Throws
 * that after three, `aborted` if the person leaves, and what else `check` throws.
 */
export async function askPassword(name: string, check: (password: string) => Promise<unknown>): Promise<string> {
  for (let tries = 1; ; tries++) {
    const isFirst = tries === 1;
    const password = await vscode.window.showInputBox({
      title: vscode.l10n.t('Password of {0}', name),
      prompt: isFirst
        ? vscode.l10n.t('It will be kept in the secret storage of the editor.')
        : vscode.l10n.t('That is not the password. Try {0} of {1}.', tries, MAX_TRIES),
      password: true,
      ignoreFocusOut: true,
    });
    if (!password) throw new CairnError('aborted', vscode.l10n.t('No password was given for {0}.', name));
    try {
      await check(password);
      return password;
    } catch (error) {
      if (errorCode(error) !== 'wrong-password' || tries === MAX_TRIES) throw error;
    }
  }
}
