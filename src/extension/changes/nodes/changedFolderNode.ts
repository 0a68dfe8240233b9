import * as vscode from 'vscode';
import { displayPath } from '../../../base/rawName.ts';
import type { ChangeRow } from '../../../worker/engineProtocol.ts';
import type { TreeNode } from '../../treeNode.ts';
import { changeContexts } from '../changeContexts.ts';
import type { FolderChanges } from '../changesModel.ts';

/** A folder with changed files in it: one of the workspace, or one inside. */
export class ChangedFolderNode implements TreeNode {
  readonly parent: TreeNode | undefined;
  readonly of: FolderChanges;
  /** All changed files in it. */
  readonly changes: readonly ChangeRow[];
  readonly #path: string;
  readonly #name: string;
  readonly #children: (parent: ChangedFolderNode) => readonly TreeNode[];

  constructor(options: {
    readonly parent: TreeNode | undefined;
    readonly of: FolderChanges;
    readonly path: string;
    readonly name: string;
    readonly changes: readonly ChangeRow[];
    readonly children: (parent: ChangedFolderNode) => readonly TreeNode[];
  }) {
    this.parent = options.parent;
    this.of = options.of;
    this.changes = options.changes;
    this.#path = options.path;
    this.#name = options.name;
    this.#children = options.children;
  }

  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(displayPath(this.#name), vscode.TreeItemCollapsibleState.Expanded);
    item.id = `folder ${this.#path}`;
    item.description = this.changes.length.toLocaleString(vscode.env.language);
    item.iconPath = this.parent ? vscode.ThemeIcon.Folder : new vscode.ThemeIcon('folder');
    item.tooltip = displayPath(this.#path);
    item.contextValue = changeContexts.folder;
    const label = vscode.l10n.t('{0}, {1} changes', displayPath(this.#name), this.changes.length);
    item.accessibilityInformation = { label };
    return item;
  }

  children(): readonly TreeNode[] {
    return this.#children(this);
  }
}
