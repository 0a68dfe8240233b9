import * as vscode from 'vscode';
import { countFiles, countProblems } from '../counts.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { Cairn } from '../cairn.ts';
import { joinPath, lastName, pathOf } from '../diskPaths.ts';
import { pathInSnapshot } from '../documents/comparison.ts';
import { withProgress } from '../withProgress.ts';
import type { RestoreOrder } from './restoreOrder.ts';

/** Restores one file, folder or workspace folder into a folder that the person chooses. Deletes nothing there. */
export async function restoreElsewhere(cairn: Cairn, { what, target, parts }: RestoreOrder): Promise<void> {
  const [part] = parts;
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Restore Here'),
    title: vscode.l10n.t('Where to Restore {0}', what),
  });
  if (!part || !chosen?.[0]) return;
  const parent = pathOf(chosen[0]);
  const { engine, targets } = cairn;
  const repository = await targets.repositoryRef(target);
  const { folder, snapshot } = part;
  const root = pathOf(folder.uri);
  const path = pathInSnapshot(part.paths[0] ?? root, root, snapshot);
  const { type } = await engine.call('statEntry', { repository, snapshot: snapshot.id, path });
  const destination = type === 'dir' ? joinPath(parent, lastName(path)) : parent;
  const place = { repository, snapshot: snapshot.id, paths: [path], destination, exact: false, gitFolders: true };
  const title = vscode.l10n.t('Restoring');
  const report = await withProgress({ location: vscode.ProgressLocation.Notification, title }, async (options) => {
    const { planId, totals } = await engine.call('planRestore', place, options);
    if (totals.overwrite === 0 || (await agreeToOverwrite(totals.overwrite, destination))) {
      return engine.call('executeRestore', { planId }, options);
    }
    await engine.call('dropPlan', { planId });
    return undefined;
  });
  if (!report) return;
  for (const problem of report.problems) cairn.log.warn(problem);
  const { length } = report.problems;
  const counts = [countFiles(report.files), ...(length > 0 ? [countProblems(length)] : [])].join(', ');
  const text = report.stopped
    ? vscode.l10n.t('Cancelled. Until then, restored to {0}: {1}.', destination, countFiles(report.files))
    : vscode.l10n.t('Restored {0} to {1}: {2}.', what, destination, counts);
  const tell = report.problems.length > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  void tell(`Cairn: ${text}`);
}

async function agreeToOverwrite(count: number, destination: DiskPath): Promise<boolean> {
  const overwrite = vscode.l10n.t('Overwrite {0}', count);
  const question = vscode.l10n.t(
    '{0} in {1} would be overwritten. This cannot be undone.',
    countFiles(count),
    destination,
  );
  return (await vscode.window.showWarningMessage(question, { modal: true }, overwrite)) === overwrite;
}
