import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { StandingNode } from '../standing/standingNode.ts';
import type { TreeNode } from '../treeNode.ts';
import { TargetNode } from './nodes/targetNode.ts';
import { fetchStatus } from './targetStatus.ts';

/** The tree of the view Targets. Rows are there at once; what is known of each target comes when it does. */
export class TargetsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #cairn: Cairn;
  readonly #changed = new vscode.EventEmitter<TreeNode | undefined>();
  #nodes: readonly TargetNode[] | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(cairn: Cairn) {
    this.#cairn = cairn;
  }

  /** Begins anew, as after the targets changed. */
  reset(): void {
    this.#nodes = undefined;
    this.#changed.fire(undefined);
  }

  /** Looks at all targets again, or at one. Does nothing before somebody has seen them. */
  refresh(id?: string): void {
    for (const node of this.#nodes ?? []) {
      if (id === undefined || node.target.id === id) void this.#look(node);
    }
  }

  /** Draws all, with the row above the targets. */
  redrawAll(): void {
    this.#changed.fire(undefined);
  }

  /** Draws them again, as time goes by, or one. */
  redraw(id?: string): void {
    for (const node of this.#nodes ?? []) if (id === undefined || node.target.id === id) this.#changed.fire(node);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return node.item();
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.parent;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node) return [...((await node.children?.()) ?? [])];
    if (!this.#nodes) {
      this.#nodes = this.#cairn.targets.list().map((target) => new TargetNode(this.#cairn, target));
      // The editor redraws a row only once it has it, and some answers come at once.
      setTimeout(() => this.refresh(), 0);
    }
    const { report } = this.#cairn.standing;
    return [...(report ? [new StandingNode(report)] : []), ...this.#nodes];
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #look(node: TargetNode): Promise<void> {
    const show = (status: TargetNode['status']) => {
      node.status = status;
      if (this.#nodes?.includes(node)) this.#changed.fire(node);
    };
    show(await fetchStatus(this.#cairn, node.target, show));
  }
}
