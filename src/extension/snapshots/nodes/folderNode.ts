import * as vscode from 'vscode';
import { pathOf } from '../../diskPaths.ts';
import type { TreeNode } from '../../treeNode.ts';

/** A folder of a workspace of several. */
export class FolderNode implements TreeNode {
  readonly parent = undefined;
  readonly #folder: vscode.WorkspaceFolder;
  readonly #children: (parent: FolderNode) => Promise<readonly TreeNode[]>;

  constructor(folder: vscode.WorkspaceFolder, children: (parent: FolderNode) => Promise<readonly TreeNode[]>) {
    this.#folder = folder;
    this.#children = children;
  }

  get id(): string {
    return `folder ${this.#folder.uri.toString()}`;
  }

  item(): vscode.TreeItem {
    const { name, uri } = this.#folder;
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
    item.id = this.id;
    item.iconPath = new vscode.ThemeIcon('root-folder');
    item.tooltip = pathOf(uri);
    return item;
  }

  children(): Promise<readonly TreeNode[]> {
    return this.#children(this);
  }
}
