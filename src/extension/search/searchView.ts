import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands, views } from '../contributions.ts';
import type { LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import { SnapshotDragAndDrop } from '../snapshots/snapshotDragAndDrop.ts';
import type { TreeNode } from '../treeNode.ts';
import type { SearchTree } from './searchTree.ts';

/** The view Search, which is there once a person has searched, and the command that does. */
export function registerSearchView(cairn: Cairn, later: LoadLater): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  let tree: SearchTree | undefined;
  const view: vscode.TreeView<TreeNode> = vscode.window.createTreeView(views.search, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: (node) => node.item(),
      getParent: (node) => node.parent,
      getChildren: async (node) => [...((await node?.children?.()) ?? (node ? [] : (tree?.rows() ?? [])))],
    },
    showCollapseAll: true,
    dragAndDropController: new SnapshotDragAndDrop(),
  });
  const theTree = (): SearchTree => (tree ??= new (later().SearchTree)(cairn, view, () => changed.fire()));
  return vscode.Disposable.from(
    changed,
    view,
    new vscode.Disposable(() => tree?.dispose()),
    registerCommand(cairn, commands.searchSnapshots, () => theTree().ask()),
    registerCommand(cairn, commands.stopSearch, () => tree?.stop()),
    registerCommand(cairn, commands.closeSearch, () => tree?.close()),
  );
}
