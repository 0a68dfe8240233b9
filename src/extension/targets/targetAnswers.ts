import * as vscode from 'vscode';

/** Why a text is no number of copies to keep; an empty one means all. */
export function refuseKeep(text: string): string | undefined {
  return /^\s*([1-9]\d{0,5})?\s*$/.test(text) ? undefined : vscode.l10n.t('Give a whole number, 1 or more.');
}
