import * as vscode from 'vscode';
import { countPacks } from '../counts.ts';
import type { PruneReport, PruneRequest } from '../../worker/engineProtocol/upkeep.ts';
import type { Cairn } from '../cairn.ts';
import { formatSize } from '../formatSize.ts';
import { showError } from '../showError.ts';
import type { Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';
import { retryLocked } from './retryLocked.ts';

/**
 * Says how much space forgotten snapshots still take, and gives it back once the person agrees. `includesNew`: also
 * what was stored less than a day ago, which a program without locks may be about to use.
 */
export async function pruneTarget(cairn: Cairn, target: Target, includesNew = false): Promise<void> {
  await cairn.targets.use(target, async (repository) => {
    await cairn.copies.giveWay(target);
    const looking = vscode.l10n.t('Looking for what {0} does not need', target.name);
    const preview = await run(cairn, looking, { repository, includesNew, dryRun: true });
    const { freedBytes, packs } = preview;
    if (freedBytes === 0 && packs.removed + packs.rewritten === 0) {
      tellNothingToPrune(cairn, target, preview);
      return;
    }
    if (!(await agree(target, preview))) return;
    const title = vscode.l10n.t('Pruning {0}', target.name);
    const report = await run(cairn, title, { repository, includesNew, dryRun: false });
    cairn.log.info(`Pruned ${target.name}: ${report.freedBytes} bytes freed`);
    for (const problem of report.problems) cairn.log.warn(problem);
    cairn.targets.touch(target);
    const freed = formatSize(Math.max(0, report.freedBytes), vscode.env.language);
    if (report.problems.length === 0 && report.isHeld && report.freedBytes > 0) tellHeld(cairn, target, freed);
    else if (report.problems.length === 0) tell(vscode.l10n.t('{0} were given back in {1}.', freed, target.name));
    else {
      const text = vscode.l10n.t(
        'Given back: {0}. {1} could not be removed, and the next prune tries again. See the log.',
        freed,
        countPacks(report.problems.length),
      );
      void vscode.window.showWarningMessage(`Cairn: ${text}`);
    }
  });
}

function tellNothingToPrune(cairn: Cairn, target: Target, { waitingBytes }: PruneReport): void {
  const { name } = target;
  if (waitingBytes === 0) {
    tell(vscode.l10n.t('There is nothing to prune in {0}.', name));
    return;
  }
  const waiting = formatSize(waitingBytes, vscode.env.language);
  const text = vscode.l10n.t(
    'There is nothing to prune in {0} yet: {1} were stored less than a day ago, and other programs such as rustic may be about to use them.',
    name,
    waiting,
  );
  const now = vscode.l10n.t('Prune Now');
  void vscode.window.showInformationMessage(`Cairn: ${text}`, now).then((choice) => {
    if (choice === now) pruneTarget(cairn, target, true).catch((error: unknown) => showError(cairn, error));
  });
}

/** The guard is to survive a prune by mistake, and a person may need the space. */
function tellHeld(cairn: Cairn, target: Target, size: string): void {
  const text = vscode.l10n.t(
    '{0} in {1} are not needed any more. The guard of the repository keeps them for some days, in case that was a mistake.',
    size,
    target.name,
  );
  const free = vscode.l10n.t('Free Now');
  const freeNow = () =>
    cairn.targets.use(target, async (repository) => {
      const freed = formatSize(await cairn.engine.call('releaseGuard', { repository }), vscode.env.language);
      tell(vscode.l10n.t('{0} were given back in {1}.', freed, target.name));
    });
  void vscode.window.showInformationMessage(`Cairn: ${text}`, free).then((choice) => {
    if (choice === free) freeNow().catch((error: unknown) => showError(cairn, error));
  });
}

function run({ engine }: Cairn, title: string, request: PruneRequest): Promise<PruneReport> {
  return retryLocked(() =>
    withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
      engine.call('prune', request, options),
    ),
  );
}

async function agree({ name }: Target, report: PruneReport): Promise<boolean> {
  const size = (bytes: number) => formatSize(bytes, vscode.env.language);
  const { usedBytes, freedBytes, repackBytes, remainingUnusedBytes, waitingBytes, packs } = report;
  const detail = [
    vscode.l10n.t('Used by snapshots: {0}', size(usedBytes)),
    vscode.l10n.t('Given back: {0}', size(freedBytes)),
    vscode.l10n.t('Packs removed: {0}; rewritten: {1} ({2})', packs.removed, packs.rewritten, size(repackBytes)),
    vscode.l10n.t('Left unused, since it is not worth rewriting: {0}', size(remainingUnusedBytes)),
    ...(waitingBytes > 0
      ? [vscode.l10n.t('Left unused until it is a day old, since it may be in use: {0}', size(waitingBytes))]
      : []),
  ].join('\n');
  const prune = vscode.l10n.t('Prune');
  const message =
    freedBytes > 0
      ? vscode.l10n.t('Give back {0} in {1}?', size(freedBytes), name)
      : vscode.l10n.t('Join small packs of {0}? That frees no space.', name);
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, prune)) === prune;
}

function tell(text: string): void {
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}
