import * as vscode from 'vscode';
import type { DiskPath } from '../../../base/pathKinds.ts';
import { displayPath } from '../../../base/rawName.ts';
import type { ChangeRow, SnapshotRow } from '../../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../../cairn.ts';
import { lastName, parentFolder, pathOf, wayBelow } from '../../diskPaths.ts';
import { pathInSnapshot } from '../../documents/comparison.ts';
import { openChange } from '../../documents/openChange.ts';
import { formatSize } from '../../formatSize.ts';
import { openNodeCommand } from '../../openNode.ts';
import { changeUri, describeKind } from '../../snapshots/changeDecorations.ts';
import type { SnapshotPlace } from '../../snapshots/snapshotPlace.ts';
import type { Target } from '../../targets/targetStore.ts';
import type { TreeNode } from '../../treeNode.ts';
import { contextOfFile } from '../changeContexts.ts';
import type { FolderChanges } from '../changesModel.ts';
import { comparisonWithDisk } from '../comparisonWithDisk.ts';

/** A file that differs from the newest snapshot. A click shows how. */
export class ChangedFileNode implements TreeNode, SnapshotPlace {
  readonly parent: TreeNode | undefined;
  readonly change: ChangeRow;
  readonly of: FolderChanges;
  readonly #cairn: Cairn;
  readonly #isInTree: boolean;

  /** `isInTree`: the rows above say in which folder it is. */
  constructor(
    cairn: Cairn,
    parent: TreeNode | undefined,
    options: { readonly of: FolderChanges; readonly change: ChangeRow; readonly isInTree: boolean },
  ) {
    this.#cairn = cairn;
    this.parent = parent;
    this.of = options.of;
    this.change = options.change;
    this.#isInTree = options.isInTree;
  }

  get changes(): readonly ChangeRow[] {
    return [this.change];
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
    const { path, from } = this.change;
    return pathInSnapshot(from ?? path, pathOf(this.of.folder.uri), this.row);
  }

  get type(): ChangeRow['type'] {
    return this.change.typeBefore ?? this.change.type;
  }

  item(): vscode.TreeItem {
    const { path, kind } = this.change;
    const name = displayPath(lastName(path));
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
    item.id = `file ${path}`;
    item.description = this.#describe();
    item.resourceUri = changeUri(this.change, 'disk');
    item.iconPath = vscode.ThemeIcon.File;
    item.tooltip = this.#explain();
    item.contextValue = contextOfFile(this.change);
    item.command = openNodeCommand(this, vscode.l10n.t('Open Changes'));
    item.accessibilityInformation = { label: [name, describeKind(kind), this.#describe()].filter(Boolean).join(', ') };
    return item;
  }

  open(): Promise<void> {
    return openChange(this.#cairn, this.change, comparisonWithDisk(this.of), { preserveFocus: true });
  }

  #describe(): string {
    const { path, from, kind } = this.change;
    const folder = this.#isInTree ? '' : this.#show(parentFolder(path));
    if (kind === 'removed') return [folder, vscode.l10n.t('deleted')].filter(Boolean).join(' · ');
    return from === undefined ? folder : `${this.#show(from)} →${folder && ` ${folder}`}`;
  }

  /** All that is known, in a few lines. */
  #explain(): string {
    const { path, from, kind, sizeBefore, sizeAfter } = this.change;
    const size = (bytes: number) => formatSize(bytes, vscode.env.language);
    const sizes = [sizeBefore, sizeAfter].flatMap((bytes) => (bytes === undefined ? [] : [size(bytes)]));
    const what = [describeKind(kind), sizes.filter((text, at) => at === 0 || text !== sizes[0]).join(' → ')];
    return [
      displayPath(path),
      what.filter(Boolean).join(' · '),
      ...(from === undefined ? [] : [vscode.l10n.t('It was {0}', this.#show(from))]),
    ].join('\n');
  }

  #show(path: DiskPath): string {
    return displayPath(wayBelow(pathOf(this.of.folder.uri), path) ?? path);
  }
}
