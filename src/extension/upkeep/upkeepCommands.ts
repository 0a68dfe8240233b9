import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import type { LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import type { TargetArgument } from '../targets/pickTarget.ts';

/** The commands that prove targets and make room in them, and those on plain folders. */
export function registerUpkeepCommands(cairn: Cairn, later: LoadLater): vscode.Disposable {
  return vscode.Disposable.from(
    ...(['verifyTarget', 'forgetByPolicy', 'prune'] as const).map((name) =>
      registerCommand(cairn, commands[name], (argument: TargetArgument) => later()[name](cairn, argument)),
    ),
    ...(['findDuplicates', 'mirror'] as const).map((name) =>
      registerCommand(cairn, commands[name], () => later()[name](cairn)),
    ),
  );
}
