import type * as vscode from 'vscode';
import type { Cairn } from './cairn.ts';
import { internalCommands } from './contributions.ts';
import { registerCommand } from './registerCommand.ts';

/** A row that does something when it is clicked, or when Enter is pressed on it. */
interface OpenableNode {
  open(): unknown;
}

/** The command of a row. */
export function openNodeCommand(node: OpenableNode, title: string): vscode.Command {
  return { command: internalCommands.openNode, title, arguments: [node] };
}

/** Lets rows open themselves. */
export function registerOpenNode(cairn: Cairn): vscode.Disposable {
  return registerCommand(cairn, internalCommands.openNode, (node: OpenableNode) => node.open());
}
