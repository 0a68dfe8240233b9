import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands, views } from '../contributions.ts';
import { registerCommand } from '../registerCommand.ts';
import { TargetsTree } from './targetsTree.ts';

/** How often "5 minutes ago" is drawn anew, in milliseconds. */
const REDRAW_MS = 60_000;

/** The view Targets. */
export function registerTargetsView(cairn: Cairn): vscode.Disposable {
  const tree = new TargetsTree(cairn);
  const view = vscode.window.createTreeView(views.targets, { treeDataProvider: tree });
  const look = () => {
    if (!view.visible) return;
    tree.refresh();
    cairn.standing.refresh();
  };
  const timer = setInterval(() => {
    if (view.visible) tree.redraw();
  }, REDRAW_MS);
  return vscode.Disposable.from(
    tree,
    view,
    { dispose: () => clearInterval(timer) },
    view.onDidChangeVisibility(look),
    cairn.snapshotsChanged.event(look),
    cairn.targets.onDidChange(() => tree.reset()),
    cairn.copies.onDidChange(({ id }) => tree.redraw(id)),
    cairn.standing.onDidChange(() => tree.redrawAll()),
    cairn.targets.onDidTouch(({ id }) => tree.refresh(id)),
    registerCommand(cairn, commands.refreshTargets, () => {
      tree.reset();
      cairn.standing.refresh();
    }),
  );
}
