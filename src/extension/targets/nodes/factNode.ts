import * as vscode from 'vscode';
import type { TreeNode } from '../../treeNode.ts';

/** One thing that is known of a target. */
export interface Fact {
  /** Unique below the target. */
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly icon: string;
  readonly tooltip?: string;
  /** What a click does. */
  readonly command?: vscode.Command;
}

/** A line below a target. */
export class FactNode implements TreeNode {
  readonly parent: TreeNode & { readonly id: string };
  readonly #fact: Fact;

  constructor(parent: TreeNode & { readonly id: string }, fact: Fact) {
    this.parent = parent;
    this.#fact = fact;
  }

  item(): vscode.TreeItem {
    const { id, label, value, icon, tooltip = value, command } = this.#fact;
    const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
    item.id = `${this.parent.id} ${id}`;
    item.description = value;
    item.iconPath = new vscode.ThemeIcon(icon);
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: `${label}: ${value}` };
    if (command) item.command = command;
    return item;
  }
}
