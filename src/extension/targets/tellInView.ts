import type * as vscode from 'vscode';
import { setContext } from '../setContext.ts';
import { PasswordNeededError } from './targetStore.ts';

/**
 * Says in a view what it has to say, or why it shows nothing. Where a password is needed it gets no message: then it
 * says what the manifest has for `needsPasswordKey`, with a button.
 */
export function tellInView(
  view: Pick<vscode.TreeView<unknown>, 'message'>,
  needsPasswordKey: Parameters<typeof setContext>[0],
  told: Error | string | undefined,
): void {
  const needsPassword = told instanceof PasswordNeededError;
  setContext(needsPasswordKey, needsPassword);
  // Without a text, the view has none.
  view.message = needsPassword ? '' : told instanceof Error ? told.message : (told ?? '');
}
