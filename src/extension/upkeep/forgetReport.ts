import * as vscode from 'vscode';
import { countSnapshots } from '../counts.ts';
import { displayPath } from '../../base/rawName.ts';
import type { EngineCommands } from '../../worker/engineProtocol.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { ForgetGroupRow } from '../../worker/engineProtocol/upkeep.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import type { Clock } from '../snapshots/groupByDay.ts';
import { code, list, page } from './markdown.ts';

/** Ids are shown as restic does. */
const SHORT_ID_LENGTH = 8;

type ForgetPreview = EngineCommands['planForget']['result'];

/** What a policy removes, what it keeps, and why, as a page. */
export function forgetReport(name: string, { groups, unreadable }: ForgetPreview, clock: Clock): string {
  const going = groups.reduce((sum, { remove }) => sum + remove.length, 0);
  const staying = groups.reduce((sum, { keep }) => sum + keep.length, 0);
  return page(vscode.l10n.t('Forget by policy: {0}', name), [
    vscode.l10n.t(
      'Nothing has been removed yet. The policy would remove {0} and keep {1}.',
      countSnapshots(going),
      staying,
    ),
    ...groups.map((group) => groupPart(group, clock)),
    unreadable.length === 0
      ? ''
      : `## ${vscode.l10n.t('Cannot be read, so they stay')}\n\n${list(unreadable.map((id) => code(id)))}`,
  ]);
}

function groupPart({ host, paths, keep, remove }: ForgetGroupRow, clock: Clock): string {
  const rows = [
    ...remove.map((snapshot) => ({ snapshot, text: `**${vscode.l10n.t('goes')}**` })),
    ...keep.map(({ snapshot, reasons }) => ({
      snapshot,
      text: vscode.l10n.t('stays: {0}', reasons.join(', ')),
    })),
  ].sort((a, b) => Date.parse(b.snapshot.time) - Date.parse(a.snapshot.time));
  const title = `## ${[host, ...paths.map(displayPath)].map((text) => code(text)).join(' ')}`;
  return `${title}\n\n${list(rows.map(({ snapshot, text }) => `${describeForgotten(snapshot, clock)}: ${text}`))}`;
}

/** Id, time, and what a person knows it by. */
function describeForgotten(row: SnapshotRow, { now, locale }: Clock): string {
  const label = row.label === undefined ? '' : ` ${code(row.label)}`;
  return `${code(row.id.slice(0, SHORT_ID_LENGTH))} ${formatMoment(new Date(row.time), now, locale)}${label}`;
}
