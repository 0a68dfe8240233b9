import * as vscode from 'vscode';
import type { DiskPath } from '../../../base/pathKinds.ts';
import { displayPath } from '../../../base/rawName.ts';
import type { EntryRow, SnapshotRow } from '../../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../../cairn.ts';
import { isWindowsPath } from '../../../base/samePlace.ts';
import { joinPath, lastName, topFolder } from '../../diskPaths.ts';
import { openDocument } from '../../documents/openDocument.ts';
import { snapshotUri } from '../../documents/snapshotUri.ts';
import { formatSize } from '../../formatSize.ts';
import { openNodeCommand } from '../../openNode.ts';
import type { Target } from '../../targets/targetStore.ts';
import type { TreeNode } from '../../treeNode.ts';
import { snapshotName, currentClock } from '../describeSnapshot.ts';
import type { SnapshotPlace } from '../snapshotPlace.ts';
import { MessageNode } from './messageNode.ts';

/** A folder or a file of a snapshot; without an entry, all that the snapshot has. */
export class EntryNode implements TreeNode, SnapshotPlace {
  readonly parent: TreeNode & SnapshotPlace;
  readonly target: Target;
  readonly row: SnapshotRow;
  readonly path: DiskPath;
  readonly type: EntryRow['type'];
  readonly #cairn: Cairn;
  readonly #entry: EntryRow | undefined;

  constructor(
    cairn: Cairn,
    parent: TreeNode & SnapshotPlace,
    place?: { readonly path: DiskPath; readonly entry: EntryRow },
  ) {
    this.#cairn = cairn;
    this.parent = parent;
    this.target = parent.target;
    this.row = parent.row;
    this.path = place?.path ?? soleFolder(parent.row);
    this.type = place?.entry.type ?? 'dir';
    this.#entry = place?.entry;
  }

  item(): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const isFolder = this.type === 'dir';
    const name = this.#entry ? displayPath(this.#entry.name) : vscode.l10n.t('All Files');
    const item = new vscode.TreeItem(name, isFolder ? Collapsed : None);
    item.id = `entry ${this.target.id} ${this.row.id} ${this.#entry ? this.path : ''}`;
    item.iconPath = this.#icon();
    item.contextValue = isFolder ? 'snapshotFolder' : 'snapshotFile';
    item.accessibilityInformation = { label: name };
    if (isFolder) return item;
    const { locale } = currentClock();
    item.resourceUri = vscode.Uri.from(this.uri);
    item.description =
      this.#entry?.linkTarget === undefined
        ? formatSize(this.#entry!.size, locale)
        : `→ ${displayPath(this.#entry.linkTarget)}`;
    item.accessibilityInformation = { label: `${name}, ${item.description}` };
    item.command = openNodeCommand(this, vscode.l10n.t('Open'));
    return item;
  }

  tooltip(): string {
    return displayPath(this.path);
  }

  /** The address of its document. */
  get uri() {
    return snapshotUri(this.row.id, this.path, this.target.id);
  }

  async children(): Promise<readonly TreeNode[]> {
    const repository = await this.#cairn.targets.repositoryRef(this.target);
    const entries = await this.#cairn.engine.call('listFolder', { repository, snapshot: this.row.id, path: this.path });
    if (entries.length === 0) return [new MessageNode(this, vscode.l10n.t('This folder is empty.'))];
    return [...entries]
      .sort(compareEntries)
      .map((entry) => new EntryNode(this.#cairn, this, { entry, path: this.#pathOf(entry) }));
  }

  open(): Promise<void> {
    const title = `${displayPath(lastName(this.path))} (${snapshotName(this.row, currentClock())})`;
    return openDocument(this.#cairn, this.uri, title, { preserveFocus: true });
  }

  #pathOf({ name }: EntryRow): DiskPath {
    if (this.path !== '') return joinPath(this.path, name);
    return topFolder(name, this.row.paths.some(isWindowsPath));
  }

  #icon(): vscode.ThemeIcon {
    if (!this.#entry) return new vscode.ThemeIcon('files');
    return this.type === 'dir' ? vscode.ThemeIcon.Folder : vscode.ThemeIcon.File;
  }
}

/** Empty if it was made of several. */
function soleFolder({ paths }: SnapshotRow): DiskPath {
  return paths.length === 1 ? paths[0]! : '';
}

/** Folders first, then by name, as in the Explorer. */
function compareEntries(a: EntryRow, b: EntryRow): number {
  if ((a.type === 'dir') !== (b.type === 'dir')) return a.type === 'dir' ? -1 : 1;
  return a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: 'base' });
}
