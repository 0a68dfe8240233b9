import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import type { FoundRow } from '../../worker/engineProtocol/past.ts';
import type { SnapshotRow, VersionRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, parentFolder, pathOf, wayBelow } from '../diskPaths.ts';
import { pathInSnapshot } from '../documents/comparison.ts';
import { openChange } from '../documents/openChange.ts';
import { openDocument } from '../documents/openDocument.ts';
import { snapshotUri } from '../documents/snapshotUri.ts';
import { changeIcon, changeOfVersion, versionDescription } from '../history/describeVersion.ts';
import { openNodeCommand } from '../openNode.ts';
import { comparisonOf } from '../snapshots/comparisonOf.ts';
import { currentClock, momentText, snapshotName } from '../snapshots/describeSnapshot.ts';
import type { SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import type { Target } from '../targets/targetStore.ts';
import type { TreeNode } from '../treeNode.ts';

type FoundLine = FoundRow['lines'][number];

/** A file of which versions match. */
export class FoundFileNode implements TreeNode, SnapshotPlace {
  readonly parent = undefined;
  readonly target: Target;
  readonly type = 'file';
  readonly #cairn: Cairn;
  readonly #folder: vscode.WorkspaceFolder;
  /** Newest first, at least one. */
  readonly #found: readonly FoundRow[];

  constructor(
    cairn: Cairn,
    options: {
      readonly target: Target;
      readonly folder: vscode.WorkspaceFolder;
      readonly found: readonly FoundRow[];
    },
  ) {
    this.#cairn = cairn;
    this.target = options.target;
    this.#folder = options.folder;
    this.#found = options.found;
  }

  /** Of the newest version that matches. */
  get row(): SnapshotRow {
    return this.#found[0]!.snapshot;
  }

  get path(): DiskPath {
    return pathInSnapshot(this.#found[0]!.path, pathOf(this.#folder.uri), this.row);
  }

  item(): vscode.TreeItem {
    const { path } = this.#found[0]!;
    const name = displayPath(lastName(path));
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `found ${path}`;
    const above = displayPath(wayBelow(pathOf(this.#folder.uri), parentFolder(path)) ?? '');
    const count = this.#found.length.toLocaleString(vscode.env.language);
    const versions = this.#found.length === 1 ? vscode.l10n.t('1 version') : vscode.l10n.t('{0} versions', count);
    item.description = [above, versions].filter(Boolean).join(' · ');
    // Of a scheme that nobody decorates: for the icon of its kind alone.
    item.resourceUri = vscode.Uri.file(path).with({ scheme: 'cairn-found' });
    item.iconPath = vscode.ThemeIcon.File;
    item.tooltip = displayPath(path);
    item.contextValue = 'foundFile';
    item.accessibilityInformation = { label: `${name}, ${item.description}` };
    return item;
  }

  /** All versions of the file, those that match and those that do not. */
  async children(): Promise<readonly TreeNode[]> {
    const { engine, targets, log } = this.#cairn;
    const { path } = this.#found[0]!;
    const byContent = new Map(this.#found.map((found) => [found.contentId, found]));
    try {
      const versions = await targets.use(this.target, (repository) =>
        engine.call('fileHistory', { repository, path, folder: pathOf(this.#folder.uri) }),
      );
      return versions.map((version, at) => {
        const found = version.contentId === undefined ? undefined : byContent.get(version.contentId);
        return new FoundVersionNode(this.#cairn, this, { version, before: versions[at + 1], found });
      });
    } catch (error) {
      log.warn(`The versions of ${path} are not known.`, error);
      throw error;
    }
  }
}

/** A version of a file. A click opens it at the first line that matches, or shows what changed where none does. */
class FoundVersionNode implements TreeNode, SnapshotPlace {
  readonly parent: FoundFileNode;
  readonly type = 'file';
  readonly #cairn: Cairn;
  readonly #version: VersionRow;
  readonly #before: VersionRow | undefined;
  readonly #found: FoundRow | undefined;

  constructor(
    cairn: Cairn,
    parent: FoundFileNode,
    options: {
      readonly version: VersionRow;
      readonly before: VersionRow | undefined;
      readonly found: FoundRow | undefined;
    },
  ) {
    this.#cairn = cairn;
    this.parent = parent;
    this.#version = options.version;
    this.#before = options.before;
    this.#found = options.found;
  }

  get target(): Target {
    return this.parent.target;
  }

  get row(): SnapshotRow {
    return this.#version.snapshot;
  }

  get path(): DiskPath {
    return this.#version.path;
  }

  item(): vscode.TreeItem {
    const clock = currentClock();
    const lines = this.#found?.lines ?? [];
    const state = lines.length > 1 ? 'Collapsed' : 'None';
    const item = new vscode.TreeItem(momentText(this.row, clock), vscode.TreeItemCollapsibleState[state]);
    item.id = `found ${this.path} ${this.row.id}`;
    item.description = this.#describe(clock.locale);
    item.iconPath = new vscode.ThemeIcon(this.#found ? 'search' : changeIcon(this.#version.change));
    item.tooltip = lines.length > 0 ? lines.slice(0, 10).map(lineText).join('\n') : item.description;
    item.contextValue = this.#version.change === 'deleted' ? 'foundVersionDeleted' : 'foundVersion';
    item.command = openNodeCommand(this, this.#found ? vscode.l10n.t('Open') : vscode.l10n.t('Open Changes'));
    item.accessibilityInformation = { label: `${item.label as string}, ${item.description}` };
    return item;
  }

  children(): readonly TreeNode[] {
    return (this.#found?.lines ?? []).map((line) => new FoundLineNode(this, line));
  }

  open(): Promise<void> {
    if (this.#found) return this.openAt(this.#found.lines[0]);
    const before = this.#before?.change === 'deleted' ? undefined : this.#before;
    const comparison = comparisonOf(this.target, before?.snapshot, this.row);
    return openChange(this.#cairn, changeOfVersion(this.#version, before), comparison, { preserveFocus: true });
  }

  /** Opens the version at a line. */
  openAt(line: FoundLine | undefined): Promise<void> {
    const title = `${displayPath(lastName(this.path))} (${snapshotName(this.row, currentClock())})`;
    const start = line && new vscode.Position(line.line - 1, line.column - 1);
    const selection = start && new vscode.Range(start, start.translate(0, line.length));
    const options = { preserveFocus: true, ...(selection && { selection }) };
    return openDocument(this.#cairn, snapshotUri(this.row.id, this.path, this.target.id), title, options);
  }

  #describe(locale: string): string {
    const [first, ...others] = this.#found?.lines ?? [];
    if (!first) return [vscode.l10n.t('no match'), versionDescription(this.#version, locale)].join(' · ');
    if (others.length === 0) return lineText(first);
    const count = (others.length + 1).toLocaleString(locale) + (this.#found!.isCut ? '+' : '');
    return vscode.l10n.t('{0} lines · {1}', count, lineText(first));
  }
}

/** A line that matches. A click opens the version there. */
class FoundLineNode implements TreeNode {
  readonly parent: FoundVersionNode;
  readonly #line: FoundLine;

  constructor(parent: FoundVersionNode, line: FoundLine) {
    this.parent = parent;
    this.#line = line;
  }

  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(lineText(this.#line), vscode.TreeItemCollapsibleState.None);
    item.id = `found ${this.parent.path} ${this.parent.row.id} ${this.#line.line}`;
    item.contextValue = 'foundLine';
    item.command = openNodeCommand(this, vscode.l10n.t('Open'));
    return item;
  }

  open(): Promise<void> {
    return this.parent.openAt(this.#line);
  }
}

function lineText({ line, text }: FoundLine): string {
  return `${line}: ${displayPath(text.trim())}`;
}
