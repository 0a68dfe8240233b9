import * as vscode from 'vscode';
import { openNodeCommand } from '../openNode.ts';
import type { TreeNode } from '../treeNode.ts';
import type { VersionNode } from './versionNode.ts';

/** How the file in the editor or on the disk differs from its newest version. */
export type CurrentState = 'unsaved' | 'changed' | 'deleted';

/** The file as it is now, which no snapshot has. A click shows how it differs from the newest version. */
export class CurrentNode implements TreeNode {
  readonly parent = undefined;
  readonly #state: CurrentState;
  readonly #newest: VersionNode;

  constructor(state: CurrentState, newest: VersionNode) {
    this.#state = state;
    this.#newest = newest;
  }

  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(vscode.l10n.t('Current'), vscode.TreeItemCollapsibleState.None);
    item.id = 'current';
    item.description = describeCurrent(this.#state);
    item.iconPath = new vscode.ThemeIcon(this.#state === 'deleted' ? 'circle-slash' : 'edit');
    item.contextValue = 'fileCurrent';
    item.command = openNodeCommand(this, vscode.l10n.t('Open Changes'));
    return item;
  }

  open(): Promise<void> {
    if (this.#state === 'deleted') return this.#newest.openVersion();
    return this.#newest.compareWithCurrent({ preserveFocus: true });
  }
}

function describeCurrent(state: CurrentState): string {
  if (state === 'unsaved') return vscode.l10n.t('unsaved changes');
  return state === 'deleted' ? vscode.l10n.t('deleted') : vscode.l10n.t('not in a snapshot yet');
}
