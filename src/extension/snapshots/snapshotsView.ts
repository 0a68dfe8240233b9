import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands, contextKeys, views } from '../contributions.ts';
import type { LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import { setContext } from '../setContext.ts';
import { registerChangeDecorations } from './changeDecorations.ts';
import { registerHoverActions } from './hoverActions.ts';
import { HoldStill } from './holdStill.ts';
import { SnapshotDragAndDrop } from './snapshotDragAndDrop.ts';
import { tellInView } from '../targets/tellInView.ts';
import { describeFilter, isFiltering } from './snapshotFilter.ts';
import { describeScope, type SnapshotScope } from './snapshotScope.ts';
import { SnapshotsTree } from './snapshotsTree.ts';

/** The view Snapshots, and the commands on what it shows. */
export function registerSnapshotsView(cairn: Cairn, later: LoadLater): vscode.Disposable {
  const tree = new SnapshotsTree(cairn);
  const view = vscode.window.createTreeView(views.snapshots, {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
    dragAndDropController: new SnapshotDragAndDrop(),
  });
  // Others make snapshots, too: another window, the command line.
  const look = () => {
    if (view.visible) void tree.refresh();
  };
  const describe = () => {
    view.description = [describeScope(cairn, tree.scope), describeFilter(tree.filter)].filter(Boolean).join(' · ');
  };
  const show = (change: Parameters<SnapshotsTree['show']>[0]) => {
    tree.show(change);
    describe();
    setContext(contextKeys.snapshotsFiltered, isFiltering(tree.filter));
  };
  describe();
  return vscode.Disposable.from(
    tree,
    view,
    registerChangeDecorations(),
    registerHoverActions(cairn),
    lookWhenChanged(cairn, tree, view, look),
    view.onDidChangeVisibility(look),
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) look();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => tree.reset()),
    cairn.targets.onDidChange(() => {
      tree.reset();
      describe();
    }),
    cairn.backups.onDidFinish(({ report }) => {
      if (report.snapshot) setContext(contextKeys.hasSnapshots, true);
    }),
    tree.onDidFail((error) => tellInView(view, contextKeys.snapshotsNeedPassword, error)),
    registerCommand(cairn, commands.refreshSnapshots, () => tree.refresh()),
    registerCommand(cairn, commands.filterSnapshots, async () => {
      const filter = await later().askFilter(tree.filter, tree.agents);
      if (filter) show({ filter });
    }),
    registerCommand(cairn, commands.clearSnapshotFilter, () => show({ filter: {} })),
    registerCommand(cairn, commands.showSnapshotsOf, async (given?: Partial<SnapshotScope>) => {
      const scope = isScope(given) ? given : await later().askScope(cairn);
      if (!scope) return;
      show({ scope });
      await vscode.commands.executeCommand(`${views.snapshots}.focus`);
    }),
  );
}

/** Looks when there are other snapshots; not under the pointer, unless the person asked for what is new. */
function lookWhenChanged(
  cairn: Cairn,
  tree: SnapshotsTree,
  view: vscode.TreeView<unknown>,
  look: () => void,
): vscode.Disposable {
  const still = new HoldStill();
  const hold = () => still.hold();
  let isUnasked = false;
  // What made the snapshot is known a moment after it is there.
  const lookUnlessHeld = () => setTimeout(() => (isUnasked ? still.run(look) : look()), 0);
  return vscode.Disposable.from(
    still,
    cairn.snapshotsChanged.event(lookUnlessHeld),
    cairn.backups.onDidStart(() => (isUnasked = false)),
    cairn.backups.onDidFinish(({ order: { trigger } }) => {
      isUnasked = trigger !== 'manual' && trigger !== 'restore';
    }),
    tree.onDidHover(hold),
    view.onDidChangeSelection(hold),
    view.onDidExpandElement(hold),
    view.onDidCollapseElement(hold),
  );
}

/** Menus pass something of their own. */
function isScope(given: Partial<SnapshotScope> | undefined): given is SnapshotScope {
  return typeof given?.isAll === 'boolean';
}
