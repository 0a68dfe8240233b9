import * as vscode from 'vscode';
import type { Cairn } from './cairn.ts';
import type { CommandId } from './contributions.ts';
import { showError } from './showError.ts';

/** Registers a command whose failure is shown to the person and written to the log. */
export function registerCommand<Args extends unknown[]>(
  cairn: Pick<Cairn, 'log'>,
  id: CommandId,
  run: (...args: Args) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: Args) => {
    try {
      return await run(...args);
    } catch (error) {
      showError(cairn, error);
      return undefined;
    }
  });
}
