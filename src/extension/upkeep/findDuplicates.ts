import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import type { DuplicateRow } from '../../worker/engineProtocol/upkeep.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, pathOf, wayBelow } from '../diskPaths.ts';
import { formatSize } from '../formatSize.ts';
import { sourceOf, workspaceFolders } from '../settings.ts';
import { withProgress } from '../withProgress.ts';

/** So many sets of equal files are listed, those that waste most. */
const MAX_SETS = 500;

type FileItem = vscode.QuickPickItem & { readonly path?: DiskPath; readonly set?: DuplicateRow };

/** Looks for files with the same content, and lists them by what they waste. */
export async function findDuplicates(cairn: Cairn): Promise<void> {
  const folders = await chooseFolders();
  const [first] = folders ?? [];
  if (!folders || !first) return;
  const title = vscode.l10n.t('Finding duplicate files');
  const { rules } = sourceOf(first, cairn.targets.folders());
  const params = { folders: folders.map(pathOf), rules, limit: MAX_SETS };
  const found = await withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
    cairn.engine.call('findDuplicates', params, options),
  );
  const locale = vscode.env.language;
  if (found.sets.length === 0) {
    const text = vscode.l10n.t('There are no duplicates among {0}.', countFiles(found.files));
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return;
  }
  const summary = vscode.l10n.t(
    '{0} could go, and {1} would be free. Enter opens a file; buttons compare or reveal it.',
    countFiles(found.duplicateFiles),
    formatSize(found.wastedBytes, locale),
  );
  showSets(found.sets, params.folders, summary);
}

async function chooseFolders(): Promise<vscode.Uri[] | undefined> {
  const workspace = workspaceFolders().map(({ uri }) => uri);
  const items = [
    {
      iconPath: new vscode.ThemeIcon('root-folder'),
      label: vscode.l10n.t('The Workspace'),
      description: workspace.map(pathOf).join(', '),
      isWorkspace: true,
    },
    { iconPath: new vscode.ThemeIcon('folder-opened'), label: vscode.l10n.t('Choose a Folder…'), isWorkspace: false },
  ];
  const title = vscode.l10n.t('Find Duplicate Files');
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('Where?') });
  if (!chosen) return undefined;
  if (chosen.isWorkspace) return workspace;
  return vscode.window.showOpenDialog({ title, canSelectFiles: false, canSelectFolders: true });
}

function showSets(sets: readonly DuplicateRow[], roots: readonly DiskPath[], summary: string): void {
  const compare = { iconPath: new vscode.ThemeIcon('diff'), tooltip: vscode.l10n.t('Compare with the First') };
  const reveal = { iconPath: new vscode.ThemeIcon('list-tree'), tooltip: vscode.l10n.t('Reveal in Explorer') };
  const box = vscode.window.createQuickPick<FileItem>();
  box.title = vscode.l10n.t('Duplicate Files');
  box.placeholder = summary;
  box.matchOnDescription = true;
  box.ignoreFocusOut = true;
  box.items = sets.flatMap((set) => [
    { label: describeSet(set), kind: vscode.QuickPickItemKind.Separator },
    ...set.paths.map((path, at) => ({
      label: displayPath(lastName(path)),
      description: displayPath(shorten(path, roots)),
      buttons: at === 0 ? [reveal] : [compare, reveal],
      path,
      set,
    })),
  ]);
  box.onDidAccept(() => {
    const path = box.selectedItems[0]?.path;
    if (path !== undefined)
      void vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path), { preview: true });
  });
  box.onDidTriggerItemButton(({ item: { path, set }, button }) => {
    if (path === undefined || !set) return;
    const uri = vscode.Uri.file(path);
    if (button === reveal) void vscode.commands.executeCommand('revealInExplorer', uri);
    else void vscode.commands.executeCommand('vscode.diff', vscode.Uri.file(set.paths[0]!), uri);
  });
  box.onDidHide(() => box.dispose());
  box.show();
}

function describeSet({ paths, size, wasted }: DuplicateRow): string {
  const locale = vscode.env.language;
  return vscode.l10n.t(
    '{0} files of {1}: {2} wasted',
    paths.length,
    formatSize(size, locale),
    formatSize(wasted, locale),
  );
}

function shorten(path: DiskPath, roots: readonly DiskPath[]): string {
  const [root] = roots;
  return (roots.length === 1 && root !== undefined ? wayBelow(root, path) : undefined) ?? path;
}
