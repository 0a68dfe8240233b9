import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands, contextKeys, views } from '../contributions.ts';
import type { LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import { setContext } from '../setContext.ts';
import { SnapshotDragAndDrop } from '../snapshots/snapshotDragAndDrop.ts';
import type { TreeNode } from '../treeNode.ts';
import type { DeletedTree } from './deletedTree.ts';

/** In the state of the workspace: whether deleted files are shown by folder. */
const AS_TREE = 'deletedAsTree';

/** The view Deleted: what once was in the workspace and is not any more. Nothing is looked for before it is seen. */
export function registerDeletedView(cairn: Cairn, later: LoadLater): vscode.Disposable {
  const { workspaceState } = cairn.context;
  const changed = new vscode.EventEmitter<void>();
  let tree: DeletedTree | undefined;
  const view: vscode.TreeView<TreeNode> = vscode.window.createTreeView<TreeNode>(views.deleted, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: (node) => node.item(),
      getParent: (node) => node.parent,
      getChildren: async (node) => [...((await node?.children?.()) ?? (node ? [] : theTree().rows()))],
    },
    canSelectMany: true,
    showCollapseAll: true,
    dragAndDropController: new SnapshotDragAndDrop(),
  });
  const theTree = (): DeletedTree =>
    (tree ??= new (later().DeletedTree)(cairn, view, {
      asTree: workspaceState.get(AS_TREE, false),
      draw: () => changed.fire(),
    }));
  const showAsTree = (asTree: boolean) => {
    theTree().asTree = asTree;
    setContext(contextKeys.deletedAsTree, asTree);
    return workspaceState.update(AS_TREE, asTree);
  };
  setContext(contextKeys.deletedAsTree, workspaceState.get(AS_TREE, false));
  return vscode.Disposable.from(
    changed,
    view,
    new vscode.Disposable(() => tree?.dispose()),
    view.onDidChangeVisibility(({ visible }) => visible && void theTree().lookIfSeen()),
    cairn.snapshotsChanged.event(() => tree?.note()),
    cairn.filesChanged.event(() => tree?.note()),
    cairn.targets.onDidChange(() => tree?.reset()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => tree?.reset()),
    registerCommand(cairn, commands.showDeleted, () => vscode.commands.executeCommand(`${views.deleted}.focus`)),
    registerCommand(cairn, commands.refreshDeleted, () => theTree().look()),
    registerCommand(cairn, commands.filterDeleted, () => askFilter(theTree())),
    registerCommand(cairn, commands.clearDeletedFilter, () => (theTree().filter = '')),
    registerCommand(cairn, commands.showDeletedAsTree, () => showAsTree(true)),
    registerCommand(cairn, commands.showDeletedAsList, () => showAsTree(false)),
  );
}

/** The rows follow what is typed; Escape takes it back. */
async function askFilter(tree: DeletedTree): Promise<void> {
  await vscode.commands.executeCommand(`${views.deleted}.focus`);
  const before = tree.filter;
  const input = vscode.window.createInputBox();
  input.title = vscode.l10n.t('Filter Deleted Files');
  input.prompt = vscode.l10n.t('Parts of a path, in any order; empty for all');
  input.value = before;
  let isAccepted = false;
  input.onDidChangeValue((text) => (tree.filter = text));
  input.onDidAccept(() => {
    isAccepted = true;
    input.hide();
  });
  input.onDidHide(() => {
    if (!isAccepted) tree.filter = before;
    input.dispose();
  });
  input.show();
}
