import * as vscode from 'vscode';
import { isGitData } from '../../../base/gitData.ts';
import type { ChangeList, ChangeRow, SnapshotRow } from '../../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../../cairn.ts';
import type { Target } from '../../targets/targetStore.ts';
import type { TreeNode } from '../../treeNode.ts';
import {
  currentClock,
  snapshotDescription,
  snapshotThemeIcon,
  snapshotLabel,
  snapshotName,
} from '../describeSnapshot.ts';
import { fetchChanges } from '../fetchChanges.ts';
import { hoverActions, trustHover } from '../hoverActions.ts';
import { MOST_NAMED, snapshotTooltip } from '../snapshotTooltip.ts';
import type { SnapshotPlace } from '../snapshotPlace.ts';
import { ChangeNode } from './changeNode.ts';
import { EntryNode } from './entryNode.ts';
import { GitDataNode } from './gitDataNode.ts';
import { MessageNode } from './messageNode.ts';

/** How many changed files are listed. */
const MAX_CHANGES = 500;

/** A snapshot: in it are the files that it changed, and all that it has. */
export class SnapshotNode implements TreeNode, SnapshotPlace {
  readonly parent: TreeNode;
  readonly target: Target;
  readonly row: SnapshotRow;
  readonly id: string;
  readonly #cairn: Cairn;
  readonly #showWhose: boolean;
  readonly #seconds: boolean;

  /**
   * `name`: its id, also after it was given another; `showWhose`: say of which folder and host it is; `seconds`: say
   * the second, too, since another one is of that minute.
   */
  constructor(
    cairn: Cairn,
    { target, row }: SnapshotPlace,
    options: {
      readonly parent: TreeNode;
      readonly name: string;
      readonly showWhose: boolean;
      readonly seconds: boolean;
    },
  ) {
    this.#cairn = cairn;
    this.target = target;
    this.row = row;
    this.parent = options.parent;
    this.id = `snapshot ${target.id} ${options.name}`;
    this.#showWhose = options.showWhose;
    this.#seconds = options.seconds;
  }

  item(): vscode.TreeItem {
    const clock = currentClock();
    const { row } = this;
    const precision = { seconds: this.#seconds };
    const item = new vscode.TreeItem(snapshotLabel(row, clock, precision), vscode.TreeItemCollapsibleState.Collapsed);
    item.id = this.id;
    item.description = snapshotDescription(row, { whose: this.#showWhose });
    item.iconPath = snapshotThemeIcon(row);
    item.contextValue = row.keep ? 'snapshotKept' : 'snapshot';
    item.accessibilityInformation = { label: `${snapshotName(row, clock, precision)}, ${item.description}` };
    return item;
  }

  async tooltip(): Promise<vscode.MarkdownString> {
    // Of a first snapshot all files are new, which takes long to find out and says nothing.
    const list = this.row.previous === undefined ? undefined : await this.#firstChanges();
    const actions = hoverActions(this, this.id);
    const { locale } = currentClock();
    return trustHover(snapshotTooltip(this.row, { locale, actions, ...(list && { list }) }));
  }

  /** Undefined if they cannot be read: what else is known is shown then. */
  async #firstChanges(): Promise<ChangeList | undefined> {
    try {
      return await fetchChanges(this.#cairn, this, MOST_NAMED);
    } catch {
      return undefined;
    }
  }

  async children(): Promise<readonly TreeNode[]> {
    const { changes, counts, gitFiles, before } = await fetchChanges(this.#cairn, this, MAX_CHANGES);
    const { target, row } = this;
    const nodesOf = (parent: TreeNode, some: readonly ChangeRow[]) =>
      some.map((change) => new ChangeNode(this.#cairn, parent, { target, row, change, before }));
    const own = changes.filter(({ path }) => !isGitData(path));
    const git = changes.filter(({ path }) => isGitData(path));
    const isTruncated = counts.added + counts.modified + counts.removed > own.length;
    return [
      ...nodesOf(this, own),
      ...(isTruncated
        ? [new MessageNode(this, vscode.l10n.t('Only the first {0} changes are listed.', MAX_CHANGES))]
        : []),
      ...(changes.length === 0
        ? [new MessageNode(this, vscode.l10n.t('No file differs from the snapshot before.'))]
        : []),
      ...(gitFiles > 0
        ? [new GitDataNode({ parent: this, id: this.id, files: gitFiles, children: (node) => nodesOf(node, git) })]
        : []),
      new EntryNode(this.#cairn, this),
    ];
  }
}
