import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { chosenChanges } from '../changes/changeCommands.ts';
import { pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { pickMoment } from './pickMoment.ts';
import type { RestoreOrder, RestorePart } from './restoreOrder.ts';

/**
 * The folders of the workspace that are gone from the disk, or those of them that were chosen in the view Changes. Each
 * comes back as its newest snapshot has it; where much was deleted in that one, or turned to noise, a person chooses another. Undefined if
 * there is nothing to bring back, which is said.
 */
export async function chooseGoneFolders(
  cairn: Cairn,
  node: unknown,
  selection: unknown,
): Promise<RestoreOrder | undefined> {
  const chosen = [...chosenChanges(node, selection).keys()].map(({ folder }) => folder);
  const folders = chosen.length > 0 ? chosen : workspaceFolders();
  const target = cairn.targets.primary();
  const parts: RestorePart[] = [];
  const lost: string[] = [];
  for (const folder of folders) {
    if (!(await isGone(folder.uri))) continue;
    const query = { folder: pathOf(folder.uri), limit: 1 };
    const { rows } = await cairn.targets.use(target, (repository) =>
      cairn.engine.call('listSnapshots', { repository, ...query }),
    );
    const [newest] = rows;
    if (!newest) lost.push(folder.name);
    else if (!newest.isMassDeletion && !newest.scrambled) parts.push({ folder, snapshot: newest, paths: [] });
    else {
      // It was made while the folder went away: which one is whole, a person can tell by the counts.
      const title = vscode.l10n.t('Restore {0} to', folder.name);
      const [moment] = (await pickMoment(cairn, [folder], target, title)) ?? [];
      if (!moment) return undefined;
      parts.push({ ...moment, paths: [] });
    }
  }
  if (parts.length > 0) {
    const what = parts.length === 1 ? parts[0]!.folder.name : vscode.l10n.t('the workspace');
    return { what, target, parts };
  }
  const text =
    lost.length > 0
      ? vscode.l10n.t('{0} has no snapshot of {1}.', target.name, lost.join(', '))
      : vscode.l10n.t('No folder of the workspace is gone. To take one back to an earlier state, restore it.');
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
  return undefined;
}

async function isGone(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return false;
  } catch (error) {
    return error instanceof vscode.FileSystemError && error.code === 'FileNotFound';
  }
}
