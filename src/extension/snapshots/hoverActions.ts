import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands, internalCommands, type CommandId } from '../contributions.ts';
import { registerCommand } from '../registerCommand.ts';
import type { TreeNode } from '../treeNode.ts';
import { isSnapshotPlace } from './snapshotPlace.ts';

/** Links are data, so a row is found again by its id; only the last ones can still be under the pointer. */
const hovered = new Map<string, TreeNode>();
const MOST_HOVERED = 20;

/** What the hover of a row offers, as markup for {@link trustHover}: the same as its menu, first the most wanted. */
export function hoverActions(node: TreeNode, key: string): string {
  hovered.delete(key);
  hovered.set(key, node);
  for (const old of hovered.keys()) if (hovered.size > MOST_HOVERED) hovered.delete(old);
  const link = (icon: string, text: string, command: CommandId) => {
    const query = encodeURIComponent(JSON.stringify([command, key]));
    return `[$(${icon})&nbsp;${text}](command:${internalCommands.runOnRow}?${query})`;
  };
  return [
    link('diff-multiple', vscode.l10n.t('Open All Changes'), commands.openSnapshotChanges),
    link('compare-changes', vscode.l10n.t('Compare with Current'), commands.compareWithSnapshot),
    link('history', vscode.l10n.t('Restore Workspace…'), commands.restoreWorkspace),
    link('tag', vscode.l10n.t('Label…'), commands.labelSnapshot),
  ].join(' &nbsp; ');
}

/** Lets links run that one command, and no other. */
export function trustHover(text: vscode.MarkdownString): vscode.MarkdownString {
  text.isTrusted = { enabledCommands: [internalCommands.runOnRow] };
  return text;
}

/** Runs a command on the row that a link of its hover names. */
export function registerHoverActions(cairn: Cairn): vscode.Disposable {
  return registerCommand(cairn, internalCommands.runOnRow, (command: string, key: string) => {
    const node = hovered.get(key);
    if (isSnapshotPlace(node)) return vscode.commands.executeCommand(command, node);
  });
}
