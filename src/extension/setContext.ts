import * as vscode from 'vscode';
import type { contextKeys } from './contributions.ts';

/** Sets what `when` clauses of the manifest ask. */
export function setContext(key: (typeof contextKeys)[keyof typeof contextKeys], value: boolean): void {
  void vscode.commands.executeCommand('setContext', key, value);
}
