import * as vscode from 'vscode';
import { countFiles } from '../../counts.ts';
import type { TreeNode } from '../../treeNode.ts';

/** What changed in folders `.git`, which nobody reads file by file: one row, and in it the files. */
export class GitDataNode implements TreeNode {
  readonly parent: TreeNode;
  readonly #id: string;
  readonly #files: number;
  readonly #children: (parent: TreeNode) => readonly TreeNode[];

  /** `id`: of the row above; `children`: the files as far as they are listed. */
  constructor(options: {
    readonly parent: TreeNode;
    readonly id: string;
    readonly files: number;
    readonly children: (parent: TreeNode) => readonly TreeNode[];
  }) {
    this.parent = options.parent;
    this.#id = options.id;
    this.#files = options.files;
    this.#children = options.children;
  }

  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(vscode.l10n.t('Git Data'), vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `${this.#id} git`;
    item.description = countFiles(this.#files);
    item.iconPath = new vscode.ThemeIcon('source-control');
    item.tooltip = vscode.l10n.t('What git keeps in .git: commits, branches, the index.');
    item.accessibilityInformation = { label: `${item.label as string}, ${item.description}` };
    return item;
  }

  children(): readonly TreeNode[] {
    return this.#children(this);
  }
}
