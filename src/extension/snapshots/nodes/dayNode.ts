import * as vscode from 'vscode';
import { countSnapshots } from '../../counts.ts';
import type { SnapshotRow } from '../../../worker/engineProtocol/snapshots.ts';
import type { TreeNode } from '../../treeNode.ts';
import type { Day } from '../groupByDay.ts';

/** A day on which snapshots were made. */
export class DayNode implements TreeNode {
  readonly parent: TreeNode | undefined;
  readonly #day: Day<SnapshotRow>;
  readonly #id: string;
  readonly #isOpen: boolean;
  readonly #isWhole: boolean;
  readonly #createChild: (row: SnapshotRow, parent: DayNode) => TreeNode;

  constructor(options: {
    readonly day: Day<SnapshotRow>;
    readonly parent: TreeNode | undefined;
    /** Tells lists of several folders apart. */
    readonly list: string;
    readonly isOpen: boolean;
    /** Whether all its snapshots are loaded. */
    readonly isWhole: boolean;
    readonly createChild: (row: SnapshotRow, parent: DayNode) => TreeNode;
  }) {
    this.parent = options.parent;
    this.#day = options.day;
    this.#id = `day ${options.list} ${options.day.key}`;
    this.#isOpen = options.isOpen;
    this.#isWhole = options.isWhole;
    this.#createChild = options.createChild;
  }

  item(): vscode.TreeItem {
    const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
    const { label, rows } = this.#day;
    const item = new vscode.TreeItem(label, this.#isOpen ? Expanded : Collapsed);
    item.id = this.#id;
    item.description = this.#isWhole ? String(rows.length) : `${rows.length}+`;
    const count = this.#isWhole
      ? countSnapshots(rows.length)
      : vscode.l10n.t('more than {0}', countSnapshots(rows.length));
    item.accessibilityInformation = { label: `${label}, ${count}` };
    return item;
  }

  children(): readonly TreeNode[] {
    return this.#day.rows.map((row) => this.#createChild(row, this));
  }
}
