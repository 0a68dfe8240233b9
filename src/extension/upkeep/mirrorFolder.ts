import * as vscode from 'vscode';
import { countFiles, countProblems } from '../counts.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import type { MirrorPreview, MirrorReport } from '../../worker/engineProtocol/mirror.ts';
import type { Cairn } from '../cairn.ts';
import { joinPath, pathOf } from '../diskPaths.ts';
import { formatSize } from '../formatSize.ts';
import { sourceOf } from '../settings.ts';
import { withProgress } from '../withProgress.ts';
import { list, page } from './markdown.ts';
import { describeTotals, mirrorReport } from './mirrorReport.ts';
import { showReport } from './reports.ts';

/** Where a copy goes, and how. */
export interface MirrorOrder {
  /** Absolute. */
  readonly destination: DiskPath;
  /** A new dated copy in it; absent: the destination becomes equal. */
  readonly dated?: { readonly keep?: number };
  /** The person has chosen this place for copies before: what only adds to it needs no question. */
  readonly isTarget: boolean;
}

/** Plans a copy, shows what it would do, and does it once the person agrees. False if they do not. */
export async function mirrorFolder(cairn: Cairn, source: vscode.Uri, order: MirrorOrder): Promise<boolean> {
  const { engine, targets } = cairn;
  const { destination: wanted, dated, isTarget } = order;
  const location = vscode.ProgressLocation.Notification;
  const comparing = vscode.l10n.t('Comparing with {0}', displayPath(wanted));
  const preview = await withProgress({ location, title: comparing }, (options) =>
    engine.call(
      'planMirror',
      {
        source: sourceOf(source, targets.folders()),
        destination: wanted,
        mayRename: isTarget,
        ...(dated && { dated }),
      },
      options,
    ),
  );
  const { planId, needsForce, destination } = preview;
  if (preview.isDone) {
    await engine.call('dropMirrorPlan', { planId });
    tell(vscode.l10n.t('{0} is up to date.', displayPath(destination)));
    return true;
  }
  const isHarmless = isTarget && needsForce === undefined && preview.totals.delete === 0;
  if (!isHarmless && !(await askToMirror(preview))) {
    await engine.call('dropMirrorPlan', { planId });
    return false;
  }
  const title = vscode.l10n.t('Copying to {0}', displayPath(destination));
  const report = await withProgress({ location, title }, (options) =>
    engine.call('executeMirror', { planId, force: needsForce !== undefined }, options),
  );
  cairn.log.info(`Mirror of ${pathOf(source)} to ${destination}: ${report.copied} copied, ${report.deleted} deleted`);
  await tellResult(report, destination);
  return true;
}

async function askToMirror(preview: MirrorPreview): Promise<boolean> {
  const locale = vscode.env.language;
  await showReport(vscode.l10n.t('Mirror preview'), mirrorReport(preview, locale));
  const { needsForce, totals, destination } = preview;
  const apply = needsForce === undefined ? vscode.l10n.t('Mirror') : vscode.l10n.t('Delete and Overwrite All the Same');
  const message =
    totals.delete + totals.copyChanged > 0
      ? vscode.l10n.t('Copy to {0}, and delete and overwrite what differs there?', displayPath(destination))
      : vscode.l10n.t('Copy to {0}?', displayPath(destination));
  const details = [...(needsForce === undefined ? [] : [needsForce, '']), ...describeTotals(preview, locale)];
  const options = { modal: true, detail: details.join('\n') };
  return (await vscode.window.showWarningMessage(message, options, apply)) === apply;
}

async function tellResult(report: MirrorReport, destination: DiskPath): Promise<void> {
  const { copied, bytes, deleted, postponed, problems, notices, name } = report;
  const locale = vscode.env.language;
  const done = vscode.l10n.t(
    'Copied {0} ({1}) to {2} and deleted {3}.',
    countFiles(copied),
    formatSize(bytes, locale),
    displayPath(joinPath(destination, name ?? '')),
    deleted.toLocaleString(locale),
  );
  if (problems.length === 0) return tell([done, ...notices].join(' '));
  const left =
    postponed > 0 ? vscode.l10n.t('Deletions left undone, since not everything could be copied: {0}.', postponed) : '';
  await showReport(
    vscode.l10n.t('Mirror problems'),
    page(vscode.l10n.t('What could not be copied'), [done, left, list([...notices, ...problems])]),
  );
  const text = vscode.l10n.t('Not everything could be copied: see the list of {0}.', countProblems(problems.length));
  void vscode.window.showWarningMessage(`Cairn: ${text}`);
}

function tell(text: string): void {
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}
