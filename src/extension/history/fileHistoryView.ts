import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { Cairn } from '../cairn.ts';
import { commands, contextKeys, views } from '../contributions.ts';
import { lastName } from '../diskPaths.ts';
import { registerCommand } from '../registerCommand.ts';
import { setContext } from '../setContext.ts';
import { SnapshotDragAndDrop } from '../snapshots/snapshotDragAndDrop.ts';
import { tellInView } from '../targets/tellInView.ts';
import { FileHistoryTree } from './fileHistoryTree.ts';
import { fileOfActiveTab, fileToFollow, isDocumentOf, isSameFile, type FollowedFile } from './followedFile.ts';
import { pickPastFile } from './pickPastFile.ts';
import { VersionNode } from './versionNode.ts';

/** After so many milliseconds at one editor, its file is looked up. */
const PAUSE = 250;

/** The view File History, and the commands on what it shows. */
export function registerFileHistoryView(cairn: Cairn): vscode.Disposable {
  const tree = new FileHistoryTree(cairn);
  const view = vscode.window.createTreeView(views.fileHistory, {
    treeDataProvider: tree,
    dragAndDropController: new SnapshotDragAndDrop(),
  });
  let isLocked = false;
  let timer: NodeJS.Timeout | undefined;
  const show = async (file: FollowedFile | undefined) => {
    clearTimeout(timer);
    view.description = file ? displayPath(lastName(file.path)) : '';
    await tree.show(file);
  };
  const follower = createFollower();
  const nextFile = () => (isLocked ? tree.file : follower.next(tree.file));
  /** Of the same file, too: it may have other versions by now. */
  const look = () => {
    clearTimeout(timer);
    if (view.visible) timer = setTimeout(() => void show(nextFile()), PAUSE);
  };
  const lock = (value: boolean) => {
    isLocked = value;
    setContext(contextKeys.fileHistoryLocked, value);
  };
  return vscode.Disposable.from(
    tree,
    view,
    new vscode.Disposable(() => clearTimeout(timer)),
    tree.onDidTell((told) => tellInView(view, contextKeys.fileHistoryNeedsPassword, told)),
    view.onDidChangeVisibility(look),
    vscode.window.tabGroups.onDidChangeTabs(look),
    vscode.window.onDidChangeActiveTextEditor(look),
    vscode.workspace.onDidSaveTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document: { uri, isDirty } }) => {
      if (isDocumentOf(uri, tree.file) && isDirty !== tree.isUnsaved) look();
    }),
    cairn.snapshotsChanged.event(look),
    cairn.targets.onDidChange(look),
    registerCommand(cairn, commands.showFileHistory, async (clicked?: unknown) => {
      const file = fileToFollow(clicked) ?? (await pickPastFile(cairn, vscode.l10n.t('Show the History Of')));
      if (!file) return;
      lock(isLocked && isSameFile(file, tree.file));
      follower.stay();
      await vscode.commands.executeCommand(`${views.fileHistory}.focus`);
      await show(file);
    }),
    registerCommand(cairn, commands.lockFileHistory, () => lock(true)),
    registerCommand(cairn, commands.unlockFileHistory, () => {
      lock(false);
      follower.forget();
      look();
    }),
    registerCommand(cairn, commands.openVersion, (node: unknown) => node instanceof VersionNode && node.openVersion()),
    registerCommand(
      cairn,
      commands.compareVersionWithCurrent,
      (node: unknown) => node instanceof VersionNode && node.compareWithCurrent(),
    ),
  );
}

/** Goes to the file of the active editor when that becomes another one: a restore or a snapshot moves nobody. */
function createFollower() {
  let followed: FollowedFile | undefined;
  return {
    next(shown: FollowedFile | undefined): FollowedFile | undefined {
      const active = fileOfActiveTab();
      if (!active || isSameFile(active, followed)) return shown ?? active;
      return (followed = active);
    },
    /** What is shown was chosen otherwise; the editor that is active now does not count. */
    stay: () => void (followed = fileOfActiveTab()),
    forget: () => void (followed = undefined),
  };
}
