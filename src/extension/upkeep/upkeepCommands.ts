import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { registerCommand } from '../registerCommand.ts';
import { pickTarget, type TargetArgument } from '../targets/pickTarget.ts';
import { runMirrorCommand } from './mirrorCommand.ts';
import { registerReports } from './reports.ts';
import { verifyTarget } from './verifyTarget.ts';

/** The commands that prove targets and make room in them, and those on plain folders. */
export function registerUpkeepCommands(cairn: Cairn): vscode.Disposable {
  return vscode.Disposable.from(
    registerReports(),
    registerCommand(cairn, commands.verifyTarget, async (argument: TargetArgument) => {
      const target = await pickTarget(cairn, argument, vscode.l10n.t('Verify Target'));
      if (target) await verifyTarget(cairn, target);
    }),
    registerCommand(cairn, commands.mirror, () => runMirrorCommand(cairn)),
  );
}
