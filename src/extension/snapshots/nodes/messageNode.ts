import * as vscode from 'vscode';
import type { TreeNode } from '../../treeNode.ts';

/** A line that says why there is nothing more. */
export class MessageNode implements TreeNode {
  readonly parent: TreeNode | undefined;
  readonly #text: string;

  constructor(parent: TreeNode | undefined, text: string) {
    this.parent = parent;
    this.#text = text;
  }

  item(): vscode.TreeItem {
    const item = new vscode.TreeItem('', vscode.TreeItemCollapsibleState.None);
    item.description = this.#text;
    item.tooltip = this.#text;
    item.accessibilityInformation = { label: this.#text };
    return item;
  }
}
