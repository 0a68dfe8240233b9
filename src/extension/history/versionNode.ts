import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import type { ChangeRow, SnapshotRow, VersionRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import type { Comparison } from '../documents/comparison.ts';
import { openChange } from '../documents/openChange.ts';
import { openDocument } from '../documents/openDocument.ts';
import { snapshotUri } from '../documents/snapshotUri.ts';
import { openNodeCommand } from '../openNode.ts';
import { comparisonOf } from '../snapshots/comparisonOf.ts';
import { currentClock, momentText, snapshotName } from '../snapshots/describeSnapshot.ts';
import type { SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import { snapshotTooltip } from '../snapshots/snapshotTooltip.ts';
import type { Target } from '../targets/targetStore.ts';
import type { TreeNode } from '../treeNode.ts';
import { changeOfVersion, versionDescription, versionIcon } from './describeVersion.ts';
import type { FollowedFile } from './followedFile.ts';

/** A version of a file. A click shows what became of it since the version before. */
export class VersionNode implements TreeNode, SnapshotPlace {
  readonly parent = undefined;
  readonly target: Target;
  readonly version: VersionRow;
  readonly type = 'file';
  readonly #cairn: Cairn;
  readonly #file: FollowedFile;
  readonly #before: VersionRow | undefined;
  readonly #seconds: boolean;

  constructor(
    cairn: Cairn,
    file: FollowedFile,
    options: {
      readonly target: Target;
      readonly version: VersionRow;
      readonly before: VersionRow | undefined;
      /** Say the second, too: another version is of that minute. */
      readonly seconds: boolean;
    },
  ) {
    this.#cairn = cairn;
    this.#file = file;
    this.target = options.target;
    this.version = options.version;
    this.#before = options.before;
    this.#seconds = options.seconds;
  }

  get row(): SnapshotRow {
    return this.version.snapshot;
  }

  get path(): DiskPath {
    return this.version.path;
  }

  item(): vscode.TreeItem {
    const clock = currentClock();
    const { change } = this.version;
    const moment = momentText(this.row, clock, { seconds: this.#seconds });
    const item = new vscode.TreeItem(moment, vscode.TreeItemCollapsibleState.None);
    item.id = `version ${this.path} ${this.row.id}`;
    item.description = versionDescription(this.version, clock.locale);
    item.iconPath = new vscode.ThemeIcon(versionIcon(this.version));
    item.tooltip = snapshotTooltip(this.row, { locale: clock.locale });
    item.contextValue = change === 'deleted' ? 'fileVersionDeleted' : 'fileVersion';
    item.accessibilityInformation = { label: `${item.label as string}, ${item.description}` };
    item.command = openNodeCommand(this, vscode.l10n.t('Open Changes'));
    return item;
  }

  open(): Promise<void> {
    const before = this.#before?.change === 'deleted' ? undefined : this.#before;
    const comparison = comparisonOf(this.target, before?.snapshot, this.row);
    return openChange(this.#cairn, changeOfVersion(this.version, before), comparison, { preserveFocus: true });
  }

  /** Opens the document as it was. */
  openVersion(): Promise<void> {
    const title = `${displayPath(lastName(this.path))} (${snapshotName(this.row, currentClock())})`;
    return openDocument(this.#cairn, snapshotUri(this.row.id, this.path, this.target.id), title);
  }

  /** Opens what became of it until now, with what is not saved. */
  compareWithCurrent(options: vscode.TextDocumentShowOptions = {}): Promise<void> {
    const { path, folder } = this.#file;
    const { size } = this.version;
    const change: ChangeRow = { path, kind: 'modified', type: 'file', ...(size !== undefined && { sizeBefore: size }) };
    const comparison: Comparison = {
      before: { kind: 'snapshot', snapshot: this.row, target: this.target.id },
      after: { kind: 'disk', folder: pathOf(folder.uri) },
    };
    return openChange(this.#cairn, change, comparison, options);
  }
}
