import * as vscode from 'vscode';
import { CairnError, errorFromData } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { withProgress } from '../withProgress.ts';
import { parseSnapshotUri, type SnapshotPlace } from './snapshotUri.ts';

/** Says that a file is too large for an editor, and offers to save a copy of it instead. */
export async function offerCopy(cairn: Cairn, document: vscode.Uri): Promise<void> {
  const place = parseSnapshotUri(document);
  const name = displayPath(lastName(place?.path ?? document.path));
  const text = vscode.l10n.t('{0} is too large to be opened or compared here.', name);
  if (place?.kind !== 'entry') {
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return;
  }
  const save = vscode.l10n.t('Save a Copy…');
  const choice = await vscode.window.showInformationMessage(`Cairn: ${text}`, save);
  if (choice === save) await saveCopy(cairn, place);
}

/** Saves a file or folder of a snapshot into a folder that the person chooses. Overwrites only what they agree to. */
async function saveCopy(
  cairn: Cairn,
  { snapshot, path, target: id }: SnapshotPlace & { kind: 'entry' },
): Promise<void> {
  const folders = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Save Here'),
    title: vscode.l10n.t('Where to save a copy of {0}', displayPath(lastName(path))),
  });
  if (!folders?.[0]) return;
  const destination = pathOf(folders[0]);
  const { engine, targets } = cairn;
  const target = targets.find(id);
  if (!target) throw new CairnError('refused', vscode.l10n.t('The target of this snapshot is not set up any more.'));
  const { planId, totals, lines } = await engine.call('planRestore', {
    repository: await targets.repositoryRef(target),
    snapshot,
    paths: [path],
    destination,
    exact: false,
  });
  if (totals.overwrite > 0 && !(await agreeToOverwrite(lines[0]!.path))) return engine.call('dropPlan', { planId });
  const title = vscode.l10n.t('Saving a copy');
  const { problems, stopped } = await withProgress(
    { location: vscode.ProgressLocation.Notification, title },
    (options) => engine.call('executeRestore', { planId }, options),
  );
  if (stopped) throw errorFromData(stopped);
  if (problems.length > 0) throw new CairnError('storage-error', problems.join('\n'));
  const text = vscode.l10n.t('{0} was saved to {1}.', displayPath(lastName(path)), destination);
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}

async function agreeToOverwrite(path: DiskPath): Promise<boolean> {
  const overwrite = vscode.l10n.t('Overwrite');
  const question = vscode.l10n.t('{0} is there already. Overwrite it?', displayPath(path));
  return (await vscode.window.showWarningMessage(question, { modal: true }, overwrite)) === overwrite;
}
