import * as vscode from 'vscode';
import type { TreeNode } from '../../treeNode.ts';
import { openNodeCommand } from '../../openNode.ts';

/** The last line of a list that is not all there. A click fetches more. */
export class MoreNode implements TreeNode {
  readonly parent: TreeNode | undefined;
  readonly open: () => unknown;
  readonly #id: string;
  readonly #remaining: number | undefined;

  constructor(options: {
    readonly parent: TreeNode | undefined;
    readonly id: string;
    /** Absent if nobody knows. */
    readonly remaining?: number;
    readonly open: () => unknown;
  }) {
    this.parent = options.parent;
    this.open = options.open;
    this.#id = options.id;
    this.#remaining = options.remaining;
  }

  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(vscode.l10n.t('Load more…'), vscode.TreeItemCollapsibleState.None);
    item.id = this.#id;
    if (this.#remaining !== undefined) {
      item.description = vscode.l10n.t('{0} older', this.#remaining.toLocaleString(vscode.env.language));
    }
    item.command = openNodeCommand(this, item.label as string);
    return item;
  }
}
