import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import type { LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';
import type { TargetArgument } from './pickTarget.ts';

/** The commands that set up targets, and the one that backs up to one of them. */
export function registerTargetCommands(cairn: Cairn, automatic: AutomaticBackups, later: LoadLater): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(cairn, commands.addTarget, () => later().addTarget(cairn, automatic)),
    registerCommand(cairn, commands.backupTo, (argument: TargetArgument) =>
      later().backupTo(cairn, automatic, argument),
    ),
    ...(['editTarget', 'enterPassword', 'removeTarget', 'saveRecoveryKit', 'makeDefaultTarget'] as const).map((name) =>
      registerCommand(cairn, commands[name], (argument: TargetArgument) => later()[name](cairn, argument)),
    ),
  );
}
