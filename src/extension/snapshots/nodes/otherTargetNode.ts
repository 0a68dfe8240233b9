import * as vscode from 'vscode';
import { commands } from '../../contributions.ts';
import type { Target } from '../../targets/targetStore.ts';
import type { TreeNode } from '../../treeNode.ts';
import type { SnapshotScope } from '../snapshotScope.ts';

/** Another repository, below the snapshots of one. A click lists those that it has. */
export class OtherTargetNode implements TreeNode {
  readonly parent = undefined;
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  item(): vscode.TreeItem {
    const { id, name } = this.#target;
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
    const scope: SnapshotScope = { isAll: false, target: id };
    item.id = `other ${id}`;
    item.description = vscode.l10n.t('show its snapshots');
    item.iconPath = new vscode.ThemeIcon('database');
    item.accessibilityInformation = { label: `${name}, ${item.description}` };
    item.command = { command: commands.showSnapshotsOf, title: item.description, arguments: [scope] };
    return item;
  }
}
