import * as vscode from 'vscode';
import { countSnapshots } from '../counts.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import { formatAge } from '../status/formatAge.ts';
import type { Fact } from '../targets/nodes/factNode.ts';
import type { Target, TargetStore } from '../targets/targetStore.ts';
import { percentOf } from '../withProgress.ts';
import type { CopyRecord } from './copyRecord.ts';
import type { CopyService } from './copyService.ts';

interface Copies extends Pick<CopyService, 'record'> {
  running(replica: Target): { readonly progress: ProgressEvent | undefined } | undefined;
}

/** How a replica is, in a few words. */
export function describeCopy(copies: Copies, replica: Target, now = Date.now()): string {
  const running = copies.running(replica);
  const record = copies.record(replica);
  const { failure } = record;
  // Storage that was away is reached for again and again, which is no news.
  if (running && (running.progress || !failure)) {
    const percent = running.progress && percentOf(running.progress);
    if (percent === undefined) return vscode.l10n.t('copying…');
    return vscode.l10n.t('copying… {0} %', Math.min(99, Math.floor(percent)));
  }
  if (!failure) return describeLack(record, now);
  const trouble = failure.isAway
    ? vscode.l10n.t('waiting: not reachable')
    : failure.code === 'locked'
      ? vscode.l10n.t('waiting: in use by another program')
      : vscode.l10n.t('copying fails');
  return `${trouble} · ${describeLack(record, now)}`;
}

function describeLack({ lastGood, missing, behindSince }: CopyRecord, now: number): string {
  const language = vscode.env.language;
  if (lastGood === undefined) return vscode.l10n.t('not copied yet');
  if (missing === 0 || behindSince === undefined)
    return vscode.l10n.t('up to date · {0}', formatAge(now - lastGood, language));
  const since = formatMoment(new Date(behindSince), new Date(now), language);
  return vscode.l10n.t('{0} behind since {1}', countSnapshots(missing), since);
}

/** What is known of a replica as a copy. */
export function copyFacts(copies: Copies, targets: Pick<TargetStore, 'sourceOf'>, replica: Target): Fact[] {
  const { lastGood, missing, behindSince, failure } = copies.record(replica);
  const moment = (time: number) => formatMoment(new Date(time), new Date(), vscode.env.language);
  const source = targets.sourceOf(replica)?.name ?? vscode.l10n.t('none of the targets');
  const copied = lastGood === undefined ? vscode.l10n.t('never') : moment(lastGood);
  return [
    ...(failure
      ? [{ id: 'copyFailure', label: vscode.l10n.t('Problem'), value: failure.message, icon: 'warning' }]
      : []),
    { id: 'replicaOf', label: vscode.l10n.t('Replica of'), value: source, icon: 'repo-clone' },
    { id: 'copied', label: vscode.l10n.t('Last copied'), value: copied, icon: 'history' },
    ...(missing > 0 && behindSince !== undefined
      ? [{ id: 'behind', label: vscode.l10n.t('Behind since'), value: moment(behindSince), icon: 'watch' }]
      : []),
  ];
}
