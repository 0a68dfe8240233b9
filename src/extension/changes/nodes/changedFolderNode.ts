import * as vscode from 'vscode';
import { countChanges } from '../../counts.ts';
import type { DiskPath } from '../../../base/pathKinds.ts';
import { displayPath } from '../../../base/rawName.ts';
import type { ChangeRow, SnapshotRow } from '../../../worker/engineProtocol/snapshots.ts';
import { pathOf } from '../../diskPaths.ts';
import { pathInSnapshot } from '../../documents/comparison.ts';
import type { SnapshotPlace } from '../../snapshots/snapshotPlace.ts';
import type { Target } from '../../targets/targetStore.ts';
import type { TreeNode } from '../../treeNode.ts';
import { contextOfFolder } from '../changeContexts.ts';
import type { FolderChanges } from '../changesModel.ts';

/** A folder with changed files in it: one of the workspace, or one inside. */
export class ChangedFolderNode implements TreeNode, SnapshotPlace {
  readonly parent: TreeNode | undefined;
  readonly of: FolderChanges;
  /** All changed files in it. */
  readonly changes: readonly ChangeRow[];
  readonly #onDisk: DiskPath;
  readonly #name: string;
  readonly #children: (parent: ChangedFolderNode) => readonly TreeNode[];

  constructor(options: {
    readonly parent: TreeNode | undefined;
    readonly of: FolderChanges;
    readonly path: DiskPath;
    readonly name: string;
    readonly changes: readonly ChangeRow[];
    readonly children: (parent: ChangedFolderNode) => readonly TreeNode[];
  }) {
    this.parent = options.parent;
    this.of = options.of;
    this.changes = options.changes;
    this.#onDisk = options.path;
    this.#name = options.name;
    this.#children = options.children;
  }

  get target(): Target {
    return this.of.target;
  }

  /** Without a snapshot, nothing differs. */
  get row(): SnapshotRow {
    return this.of.snapshot!;
  }

  /** What a restore brings back. */
  get path(): DiskPath {
    return pathInSnapshot(this.#onDisk, pathOf(this.of.folder.uri), this.row);
  }

  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(displayPath(this.#name), vscode.TreeItemCollapsibleState.Expanded);
    item.id = `folder ${this.#onDisk}`;
    const count = this.changes.length.toLocaleString(vscode.env.language);
    const isGone = this.of.isGone && !this.parent;
    item.description = isGone ? vscode.l10n.t('gone from the disk · {0}', count) : count;
    item.iconPath = this.parent ? vscode.ThemeIcon.Folder : new vscode.ThemeIcon('folder');
    item.tooltip = displayPath(this.#onDisk);
    item.contextValue = isGone ? 'changedFolder-gone' : contextOfFolder(this.changes);
    const name = displayPath(this.#name);
    const label = isGone
      ? vscode.l10n.t('{0}, gone from the disk', name)
      : `${name}, ${countChanges(this.changes.length)}`;
    item.accessibilityInformation = { label };
    return item;
  }

  children(): readonly TreeNode[] {
    return this.#children(this);
  }
}
