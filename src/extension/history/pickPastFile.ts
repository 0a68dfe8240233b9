import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, parentFolder, pathOf, wayBelow } from '../diskPaths.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import { workspaceFolders } from '../settings.ts';
import { showError } from '../showError.ts';
import type { FollowedFile } from './followedFile.ts';

/** So many are listed for what was typed. */
const MOST = 200;

type FileItem = vscode.QuickPickItem & { readonly file?: FollowedFile };

/**
 * Lets a person find a file by some letters of its name, among all that the snapshots of the workspace have or had.
 * Undefined if they choose none.
 */
export async function pickPastFile(cairn: Cairn, title: string): Promise<FollowedFile | undefined> {
  // Before the box is shown: a question for the password would close it.
  const look = { folder: '', limit: 0 };
  await cairn.targets
    .use(cairn.targets.primary(), (repository) => cairn.engine.call('listSnapshots', { repository, ...look }))
    .catch(nothingYet);
  const box = vscode.window.createQuickPick<FileItem>();
  box.title = title;
  box.placeholder = vscode.l10n.t('Some letters of the name of a file, also of one that is deleted');
  let asking: AbortController | undefined;
  const ask = async () => {
    asking?.abort();
    const { signal } = (asking = new AbortController());
    box.busy = true;
    try {
      const items = await search(cairn, box.value, signal);
      if (signal.aborted) return;
      box.items = items;
      box.busy = false;
    } catch (error) {
      if (!signal.aborted) showError(cairn, error);
    }
  };
  box.onDidChangeValue(ask);
  void ask();
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      const file = box.selectedItems[0]?.file;
      if (!file) return;
      resolve(file);
      box.hide();
    });
    box.onDidHide(() => {
      asking?.abort();
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}

async function search({ engine, targets }: Cairn, text: string, signal: AbortSignal): Promise<FileItem[]> {
  const repository = await targets.repositoryRef(targets.primary());
  const items: FileItem[] = [];
  for (const folder of workspaceFolders()) {
    const root = pathOf(folder.uri);
    const params = { repository, folder: root, text, limit: MOST };
    const { rows } = await engine.call('findPastFiles', params, { signal }).catch(nothingYet);
    items.push(...rows.map(({ path, lastTime }) => itemOf(folder, path, lastTime)));
  }
  const none = vscode.l10n.t('No snapshot has a file of such a name.');
  return items.length > 0 ? items : [{ label: none, alwaysShow: true }];
}

/** Before the first backup, the default repository is not there. */
function nothingYet(error: unknown): { readonly rows: readonly [] } {
  if (errorCode(error) !== 'repository-not-found') throw error;
  return { rows: [] };
}

function itemOf(folder: vscode.WorkspaceFolder, path: string, lastTime: string | undefined): FileItem {
  const inFolder = displayPath(wayBelow(pathOf(folder.uri), parentFolder(path)) ?? '');
  const moment = lastTime && formatMoment(new Date(lastTime), new Date(), vscode.env.language);
  return {
    label: displayPath(lastName(path)),
    iconPath: new vscode.ThemeIcon(moment ? 'trash' : 'file'),
    description: [
      ...(workspaceFolders().length > 1 ? [folder.name] : []),
      ...(inFolder ? [inFolder] : []),
      ...(moment ? [vscode.l10n.t('deleted, last in the snapshot of {0}', moment)] : []),
    ].join(' · '),
    // What fits was decided by who knows all files.
    alwaysShow: true,
    file: { path, folder },
  };
}
