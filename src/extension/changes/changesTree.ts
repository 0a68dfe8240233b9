import * as vscode from 'vscode';
import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { MoreNode } from '../snapshots/nodes/moreNode.ts';
import type { TreeNode } from '../treeNode.ts';
import { arrangeChanges, changesIn, type ChangeEntry } from './arrangeChanges.ts';
import type { ChangesModel, FolderChanges } from './changesModel.ts';
import { ChangedFileNode } from './nodes/changedFileNode.ts';
import { ChangedFolderNode } from './nodes/changedFolderNode.ts';

/** The rows of the view Changes: all changed files, or the folders that they are in, in each folder of the workspace. */
export class ChangesTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #cairn: Cairn;
  readonly #model: ChangesModel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: vscode.Disposable;
  #asTree: boolean;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(cairn: Cairn, model: ChangesModel, asTree: boolean) {
    this.#cairn = cairn;
    this.#model = model;
    this.#asTree = asTree;
    this.#listener = model.onDidChange(() => this.#changed.fire());
  }

  set asTree(asTree: boolean) {
    this.#asTree = asTree;
    this.#changed.fire();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return node.item();
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.parent;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node) return [...((await node.children?.()) ?? [])];
    // Until something is known, the view shows that it is busy.
    if (this.#model.folders.length === 0) await this.#model.update();
    const folders = this.#model.folders;
    const changed = folders.filter(({ list }) => list.changes.length > 0);
    // Instead of a row for each file that was in it, the view says that it is gone, and offers it.
    if (folders.length < 2) return changed.flatMap((of) => (of.isGone ? [] : this.#rowsOf(of, undefined)));
    return changed.map(
      (of) =>
        new ChangedFolderNode({
          parent: undefined,
          of,
          path: pathOf(of.folder.uri),
          name: of.folder.name,
          changes: of.list.changes,
          children: (parent) => this.#rowsOf(of, parent),
        }),
    );
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }

  #rowsOf(of: FolderChanges, parent: TreeNode | undefined): TreeNode[] {
    const { list, folder } = of;
    const entries: readonly ChangeEntry<ChangeRow>[] = this.#asTree
      ? arrangeChanges(list.changes, pathOf(folder.uri))
      : list.changes.map((change) => ({ kind: 'file', change }));
    const rows = this.#nodesOf(of, entries, parent);
    if (!list.truncated) return rows;
    const { added, modified, removed } = list.counts;
    const remaining = added + modified + removed - list.changes.length;
    const id = `more ${folder.uri.toString()}`;
    return [...rows, new MoreNode({ parent, id, remaining, open: () => this.#model.more() })];
  }

  #nodesOf(of: FolderChanges, entries: readonly ChangeEntry<ChangeRow>[], parent: TreeNode | undefined): TreeNode[] {
    return entries.map((entry) => {
      if (entry.kind === 'file') {
        return new ChangedFileNode(this.#cairn, parent, { of, change: entry.change, isInTree: this.#asTree });
      }
      const { path, name, entries: inner } = entry;
      const children = (node: ChangedFolderNode) => this.#nodesOf(of, inner, node);
      return new ChangedFolderNode({ parent, of, path, name, changes: changesIn(entry), children });
    });
  }
}
