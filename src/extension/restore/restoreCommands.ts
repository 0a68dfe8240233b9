import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import type { Later, LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import { showError } from '../showError.ts';
import { askAboutInterrupted, interruptedOrder, noteEnded } from './interruptedRestore.ts';
import { UndoStore } from './undoStore.ts';

const restoreCommands = [
  'restoreWorkspace',
  'restoreFile',
  'restoreFolder',
  'restoreChange',
  'restoreVersionBefore',
  'bringFolderBack',
  'restoreDeleted',
] as const satisfies readonly (keyof Later['restoreOrders'])[];

/** The commands that bring things back. From a view they get a row and the selection, from the Explorer URIs. */
export function registerRestoreCommands(cairn: Cairn, later: LoadLater): vscode.Disposable {
  const undo = new UndoStore(cairn);
  let isRunning = false;
  const register = (name: keyof Later['restoreOrders']) =>
    registerCommand(cairn, commands[name], (node?: unknown, selection?: unknown) =>
      alone(async () => {
        const order = await later().restoreOrders[name](cairn, node, selection);
        if (order) await later().runRestore(cairn, undo, order);
      }),
    );
  /** Two at once would make each other's previews wrong. */
  const alone = async (run: () => Promise<void>) => {
    if (isRunning)
      throw new CairnError('refused', vscode.l10n.t('A restore is under way already. Finish or cancel it.'));
    isRunning = true;
    try {
      await run();
    } finally {
      isRunning = false;
    }
  };
  const interrupted = interruptedOrder(cairn);
  if (interrupted) {
    void askAboutInterrupted(interrupted, undo.record !== undefined).then(async (choice) => {
      await noteEnded(cairn);
      if (choice === 'undo') await vscode.commands.executeCommand(commands.undoRestore);
      if (choice !== 'continue') return;
      await alone(() => later().runRestore(cairn, undo, interrupted)).catch((error: unknown) =>
        showError(cairn, error),
      );
    });
  }
  return vscode.Disposable.from(
    ...restoreCommands.map(register),
    registerCommand(cairn, commands.undoRestore, () => alone(() => later().undoRestore(cairn, undo))),
  );
}
