import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { registerCommand } from '../registerCommand.ts';
import { isRepository, pickTarget, type TargetArgument } from '../targets/pickTarget.ts';
import { findDuplicates } from './findDuplicates.ts';
import { forgetByPolicy } from './forgetByPolicy.ts';
import { runMirrorCommand } from './mirrorCommand.ts';
import { pruneTarget } from './pruneTarget.ts';
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
    registerCommand(cairn, commands.forgetByPolicy, async (argument: TargetArgument) => {
      const target = await pickTarget(cairn, argument, vscode.l10n.t('Forget by Policy'), isRepository);
      if (target) await forgetByPolicy(cairn, target);
    }),
    registerCommand(cairn, commands.prune, async (argument: TargetArgument) => {
      const target = await pickTarget(cairn, argument, vscode.l10n.t('Prune'), isRepository);
      if (target) await pruneTarget(cairn, target);
    }),
    registerCommand(cairn, commands.findDuplicates, () => findDuplicates(cairn)),
    registerCommand(cairn, commands.mirror, () => runMirrorCommand(cairn)),
  );
}
