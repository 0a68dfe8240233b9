import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import type { EntryRow, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, parentFolder, pathOf, wayBelow } from '../diskPaths.ts';
import { pathInSnapshot } from '../documents/comparison.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import { openDocument } from '../documents/openDocument.ts';
import { snapshotUri } from '../documents/snapshotUri.ts';
import { formatSize } from '../formatSize.ts';
import { openNodeCommand } from '../openNode.ts';
import { currentClock, snapshotName } from '../snapshots/describeSnapshot.ts';
import type { SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import type { Target } from '../targets/targetStore.ts';
import type { TreeNode } from '../treeNode.ts';
import type { DeletedPlace } from './deletedPlace.ts';

/** A deleted file. A click shows what was in it. */
export class DeletedFileNode implements TreeNode, SnapshotPlace {
  readonly parent: TreeNode | undefined;
  readonly deleted: readonly [DeletedPlace];
  readonly #cairn: Cairn;
  readonly #isInTree: boolean;

  /** `isInTree`: the rows above say in which folder it was. */
  constructor(cairn: Cairn, parent: TreeNode | undefined, place: DeletedPlace, isInTree: boolean) {
    this.#cairn = cairn;
    this.parent = parent;
    this.deleted = [place];
    this.#isInTree = isInTree;
  }

  get target(): Target {
    return this.deleted[0].target;
  }

  get row(): SnapshotRow {
    return this.deleted[0].file.snapshot;
  }

  get path(): DiskPath {
    const [{ file, folder }] = this.deleted;
    return pathInSnapshot(file.path, pathOf(folder.uri), this.row);
  }

  get type(): EntryRow['type'] {
    return this.deleted[0].file.type;
  }

  item(): vscode.TreeItem {
    const [{ file, folder }] = this.deleted;
    const name = displayPath(lastName(file.path));
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
    item.id = `deleted ${file.path}`;
    const above = wayBelow(pathOf(folder.uri), parentFolder(file.path));
    const gone = goneText(file.goneBy);
    item.description = [this.#isInTree ? '' : displayPath(above ?? ''), gone].filter(Boolean).join(' · ');
    // Of a scheme that nobody decorates: for the icon of its kind alone.
    item.resourceUri = vscode.Uri.file(file.path).with({ scheme: 'cairn-deleted' });
    item.iconPath = vscode.ThemeIcon.File;
    item.tooltip = this.#explain(gone);
    item.contextValue = 'deletedFile';
    item.command = openNodeCommand(this, vscode.l10n.t('Open'));
    item.accessibilityInformation = { label: `${name}, ${item.description}` };
    return item;
  }

  open(): Promise<void> {
    const title = `${displayPath(lastName(this.path))} (${snapshotName(this.row, currentClock())})`;
    const uri = snapshotUri(this.row.id, this.path, this.target.id);
    return openDocument(this.#cairn, uri, title, { preserveFocus: true });
  }

  #explain(gone: string): string {
    const [{ file }] = this.deleted;
    const size = file.size === undefined ? '' : formatSize(file.size, vscode.env.language);
    const from = vscode.l10n.t('Comes back from the snapshot of {0}', snapshotName(this.row, currentClock()));
    return [displayPath(file.path), [gone, size].filter(Boolean).join(' · '), from].join('\n');
  }
}

function goneText(goneBy: string | undefined): string {
  if (goneBy === undefined) return vscode.l10n.t('gone since the last snapshot');
  const { now, locale } = currentClock();
  return vscode.l10n.t('gone by {0}', formatMoment(new Date(goneBy), now, locale));
}

/** A folder with deleted files in it; it may be there or not. */
export class DeletedFolderNode implements TreeNode {
  readonly parent: TreeNode | undefined;
  readonly deleted: readonly DeletedPlace[];
  readonly #path: DiskPath;
  readonly #name: string;
  readonly #children: (parent: DeletedFolderNode) => readonly TreeNode[];

  constructor(options: {
    readonly parent: TreeNode | undefined;
    readonly deleted: readonly DeletedPlace[];
    readonly path: DiskPath;
    readonly name: string;
    readonly children: (parent: DeletedFolderNode) => readonly TreeNode[];
  }) {
    this.parent = options.parent;
    this.deleted = options.deleted;
    this.#path = options.path;
    this.#name = options.name;
    this.#children = options.children;
  }

  item(): vscode.TreeItem {
    const name = displayPath(this.#name);
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
    item.id = `deleted in ${this.#path}`;
    item.description = this.deleted.length.toLocaleString(vscode.env.language);
    item.iconPath = new vscode.ThemeIcon('folder');
    item.tooltip = displayPath(this.#path);
    item.contextValue = 'deletedFolder';
    item.accessibilityInformation = { label: vscode.l10n.t('{0}, {1} deleted', name, this.deleted.length) };
    return item;
  }

  children(): readonly TreeNode[] {
    return this.#children(this);
  }
}

/** A linked work tree of git that is gone. It comes back as its newest snapshot has it, with what no commit has. */
export class DeletedWorktreeNode implements TreeNode {
  readonly parent: TreeNode | undefined;
  readonly deleted: readonly [DeletedPlace];

  constructor(parent: TreeNode | undefined, place: DeletedPlace) {
    this.parent = parent;
    this.deleted = [place];
  }

  item(): vscode.TreeItem {
    const [{ file }] = this.deleted;
    const name = displayPath(lastName(file.path));
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
    item.id = `deleted worktree ${file.path}`;
    item.description = vscode.l10n.t('worktree that is gone');
    item.iconPath = new vscode.ThemeIcon('git-branch');
    const from = vscode.l10n.t('Comes back from the snapshot of {0}', snapshotName(file.snapshot, currentClock()));
    item.tooltip = `${displayPath(file.path)}\n${from}`;
    item.contextValue = 'deletedWorktree';
    item.accessibilityInformation = { label: `${name}, ${item.description}` };
    return item;
  }
}
