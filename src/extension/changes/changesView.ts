import * as vscode from 'vscode';
import { countChanges, countFiles } from '../counts.ts';
import type { Cairn } from '../cairn.ts';
import { commands, contextKeys, views } from '../contributions.ts';
import { pathOf } from '../diskPaths.ts';
import type { LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import { setContext } from '../setContext.ts';
import { tellInView } from '../targets/tellInView.ts';
import { sinceText, type ChosenBaseline } from './baseline.ts';
import { registerChangeCommands } from './changeCommands.ts';
import { ChangesModel, type FolderChanges } from './changesModel.ts';
import { ChangesTree } from './changesTree.ts';

/** In the state of the workspace: whether changes are shown as a tree. */
const AS_TREE = 'changesAsTree';

/** In the state of the workspace: since when changes are told. */
const BASELINE = 'changesBaseline';

/** The view Changes: what differs between the disk and the newest snapshot, or since another moment. */
export function registerChangesView(cairn: Cairn, later: LoadLater): vscode.Disposable {
  const { workspaceState } = cairn.context;
  const model = new ChangesModel(cairn, workspaceState.get<ChosenBaseline>(BASELINE, { kind: 'last' }));
  const tree = new ChangesTree(cairn, model, workspaceState.get(AS_TREE, false));
  const view = vscode.window.createTreeView(views.changes, {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const showAsTree = (asTree: boolean) => {
    tree.asTree = asTree;
    setContext(contextKeys.changesAsTree, asTree);
    return workspaceState.update(AS_TREE, asTree);
  };
  const reset = () => {
    setContext(contextKeys.changesRead, false);
    model.reset();
  };
  const withProgress = (work: () => Promise<void>) =>
    vscode.window.withProgress({ location: { viewId: views.changes } }, work);
  const refresh = () => withProgress(() => model.refresh());
  const chooseBaseline = async () => {
    const chosen = await later().askForBaseline(cairn, model.baseline);
    if (!chosen) return;
    await workspaceState.update(BASELINE, chosen);
    await vscode.commands.executeCommand(`${views.changes}.focus`);
    await withProgress(() => model.showSince(chosen));
  };
  setContext(contextKeys.changesAsTree, workspaceState.get(AS_TREE, false));
  model.watch(view.visible);
  return vscode.Disposable.from(
    model,
    tree,
    view,
    model.onDidChange(() => describe(view, model)),
    view.onDidChangeVisibility(({ visible }) => model.watch(visible)),
    cairn.snapshotsChanged.event(() => model.note()),
    cairn.filesChanged.event((folder) => {
      model.note(folder);
      // An old number is worse than none.
      if (!view.visible) view.badge = undefined;
    }),
    cairn.targets.onDidChange(reset),
    vscode.workspace.onDidChangeWorkspaceFolders(reset),
    registerCommand(cairn, commands.refreshChanges, refresh),
    registerCommand(cairn, commands.showChangesSince, chooseBaseline),
    registerCommand(cairn, commands.showChangesAsTree, () => showAsTree(true)),
    registerCommand(cairn, commands.showChangesAsList, () => showAsTree(false)),
    registerChangeCommands(cairn, model),
  );
}

/** Says beside and above the rows how many there are, and since when. */
function describe(view: vscode.TreeView<unknown>, model: ChangesModel): void {
  const { folders, problem, baseline } = model;
  const withSnapshot = folders.filter(({ snapshot }) => snapshot);
  const count = folders.reduce((sum, { list }) => {
    const { added, modified, removed } = list.counts;
    return sum + added + modified + removed;
  }, 0);
  const since = describeSince(withSnapshot, baseline);
  const gone = folders.find(({ isGone }) => isGone);
  setContext(contextKeys.hasSnapshots, withSnapshot.length > 0);
  setContext(contextKeys.folderGone, gone !== undefined);
  setContext(contextKeys.changesRead, folders.length > 0 || problem !== undefined);
  const number = count.toLocaleString(vscode.env.language);
  view.badge =
    count === 0
      ? undefined
      : {
          value: count,
          tooltip:
            baseline.kind === 'last' || since === undefined
              ? vscode.l10n.t('{0} since the last snapshot', countChanges(count))
              : vscode.l10n.t('{0} since {1}', countChanges(count), since),
        };
  view.description = count === 0 ? '' : since === undefined ? number : vscode.l10n.t('{0} since {1}', number, since);
  tellInView(
    view,
    contextKeys.changesNeedPassword,
    problem ??
      (gone
        ? tellGone(gone, folders.length)
        : messageOf(withSnapshot.length, count, baseline.kind === 'last' ? 'last' : 'other', since)),
  );
  const unknown = folders.flatMap(({ list }) => list.problems);
  if (!view.message && unknown.length > 0) {
    view.message = vscode.l10n.t('{0} could not be compared. {1}', countFiles(unknown.length), unknown[0]!);
  }
}

/** Nothing, if the view is empty and so can say it with buttons: a message would hide them. */
function tellGone({ folder, target, snapshot }: FolderChanges, folders: number): string | undefined {
  if (snapshot && folders === 1) return undefined;
  if (snapshot) return vscode.l10n.t('The folder {0} is gone from the disk.', pathOf(folder.uri));
  return vscode.l10n.t(
    'The folder {0} is gone from the disk, and {1} has no snapshot of it.',
    pathOf(folder.uri),
    target.name,
  );
}

/** Since when, where that is one moment: each of several folders has its own. */
function describeSince(folders: readonly FolderChanges[], baseline: ChosenBaseline): string | undefined {
  const [first, ...others] = folders;
  if (!first?.snapshot || others.length > 0) return undefined;
  return sinceText(baseline, first.snapshot, first.isBaselineMissing);
}

function messageOf(
  snapshots: number,
  count: number,
  baseline: 'last' | 'other',
  since: string | undefined,
): string | undefined {
  // The buttons of the title leave little room for what was chosen.
  if (count > 0 && since !== undefined && baseline === 'other') {
    return vscode.l10n.t('{0} since {1}.', countChanges(count), since);
  }
  if (count > 0 || snapshots === 0) return undefined;
  if (since !== undefined && baseline === 'other') return vscode.l10n.t('No changes since {0}.', since);
  if (since === undefined) return vscode.l10n.t('No changes since the last snapshots.');
  return vscode.l10n.t('No changes since the snapshot of {0}.', since);
}
