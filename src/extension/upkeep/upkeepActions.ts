import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { pickTarget, type TargetArgument } from '../targets/pickTarget.ts';
import { isOwnRepository } from '../targets/targetStore.ts';
import { findDuplicates } from './findDuplicates.ts';
import { forgetByPolicy } from './forgetByPolicy.ts';
import { runMirrorCommand } from './mirrorCommand.ts';
import { pruneTarget } from './pruneTarget.ts';
import { verifyTarget } from './verifyTarget.ts';

/** What the commands do that prove targets and make room in them, and those on plain folders. */
export const upkeepActions = {
  async verifyTarget(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Verify Target'));
    if (target) await verifyTarget(cairn, target);
  },

  async forgetByPolicy(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Forget by Policy'), isOwnRepository);
    if (target) await forgetByPolicy(cairn, target);
  },

  async prune(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Prune'), isOwnRepository);
    if (target) await pruneTarget(cairn, target);
  },

  findDuplicates,
  mirror: runMirrorCommand,
};
