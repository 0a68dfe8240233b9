import * as vscode from 'vscode';
import type { DiskPath } from '../../../base/pathKinds.ts';
import { displayPath } from '../../../base/rawName.ts';
import type { ChangeRow, SnapshotRow } from '../../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../../cairn.ts';
import { isInside, lastName, parentFolder, wayBelow } from '../../diskPaths.ts';
import { openChange } from '../../documents/openChange.ts';
import { openNodeCommand } from '../../openNode.ts';
import type { Target } from '../../targets/targetStore.ts';
import type { TreeNode } from '../../treeNode.ts';
import { changeUri, describeKind } from '../changeDecorations.ts';
import { comparisonOf } from '../comparisonOf.ts';
import type { SnapshotPlace } from '../snapshotPlace.ts';

/** What a row is, as `viewItem` in `when` clauses of the manifest; there is a version before it of all others. */
const contexts: Partial<Record<ChangeRow['kind'], string>> = { added: 'snapshotFile', removed: 'snapshotRemovedFile' };

/** A file that a snapshot changed. A click shows how. */
export class ChangeNode implements TreeNode, SnapshotPlace {
  readonly parent: TreeNode;
  readonly target: Target;
  readonly row: SnapshotRow;
  readonly change: ChangeRow;
  readonly #cairn: Cairn;
  /** The snapshot with which it was compared. */
  readonly before: SnapshotRow | undefined;

  constructor(
    cairn: Cairn,
    parent: TreeNode,
    options: SnapshotPlace & { readonly change: ChangeRow; readonly before: SnapshotRow | undefined },
  ) {
    this.#cairn = cairn;
    this.parent = parent;
    this.target = options.target;
    this.row = options.row;
    this.change = options.change;
    this.before = options.before;
  }

  get path(): DiskPath {
    return this.change.path;
  }

  get type(): ChangeRow['type'] {
    return this.change.type;
  }

  item(): vscode.TreeItem {
    const { path, kind, from } = this.change;
    const item = new vscode.TreeItem(displayPath(lastName(path)), vscode.TreeItemCollapsibleState.None);
    const folder = displayPath(this.#relative(parentFolder(path)));
    item.id = `change ${this.target.id} ${this.row.id} ${path}`;
    item.description = from === undefined ? folder : `${displayPath(this.#relative(from))} →${folder && ` ${folder}`}`;
    item.resourceUri = changeUri(this.change, this.row.id);
    item.iconPath = vscode.ThemeIcon.File;
    item.accessibilityInformation = {
      label: [item.label as string, describeKind(kind), item.description].filter(Boolean).join(', '),
    };
    item.contextValue = contexts[kind] ?? 'snapshotChangedFile';
    item.command = openNodeCommand(this, vscode.l10n.t('Open Changes'));
    return item;
  }

  tooltip(): string {
    return `${displayPath(this.change.path)} • ${describeKind(this.change.kind)}`;
  }

  open(): Promise<void> {
    return openChange(this.#cairn, this.change, comparisonOf(this.target, this.before, this.row), {
      preserveFocus: true,
    });
  }

  /** From the folder of the workspace, as it was then. */
  #relative(path: DiskPath): string {
    const root = this.row.paths.find((target) => isInside(path, target));
    return (root === undefined ? undefined : wayBelow(root, path)) ?? path;
  }
}
