import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { PasswordSource, RepositoryRef } from '../../worker/engineProtocol/refs.ts';
import type { Cairn } from '../cairn.ts';
import { MAX_TRIES } from './askPassword.ts';

/**
 * Says why a password does not open the repository at a location; undefined if it does. After three wrong ones,
 * and for what has nothing to do with the password, it throws what opening fails with.
 */
export function checkPassword(
  { engine }: Pick<Cairn, 'engine'>,
  place: RepositoryRef,
): (password: PasswordSource) => Promise<string | undefined> {
  let tries = 0;
  return async (password) => {
    try {
      await engine.call('repositoryInfo', { repository: { ...place, password } });
      return undefined;
    } catch (error) {
      const code = errorCode(error);
      if (!['wrong-password', 'password-missing'].includes(code) || ++tries === MAX_TRIES) throw error;
      if (code === 'password-missing') return (error as Error).message;
      return vscode.l10n.t('That is not the password. Try {0} of {1}.', tries + 1, MAX_TRIES);
    }
  };
}
