import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';
import { lastName } from '../diskPaths.ts';
import type { ComparedState, Comparison } from './comparison.ts';
import { repeatedMinutes } from '../snapshots/repeatedMinutes.ts';
import { formatMoment } from './formatMoment.ts';

/** How a time is written. */
interface Precision {
  readonly seconds?: boolean;
}

/** A state in the title of an editor: `Snapshot 14:02`, or `Current`, what is on the disk. */
function describeState(state: ComparedState, precision: Precision): string {
  return state.kind === 'disk' ? vscode.l10n.t('Current') : describeSnapshot(state.snapshot, precision);
}

/** A snapshot in the title of an editor: `Snapshot 14:02`. */
export function describeSnapshot(snapshot: { readonly time: string }, precision: Precision = {}): string {
  return vscode.l10n.t('Snapshot {0}', momentOf(snapshot, precision));
}

/** When a snapshot was made, for sentences. */
export function momentOf({ time }: { readonly time: string }, precision: Precision = {}): string {
  return formatMoment(new Date(time), new Date(), vscode.env.language, precision);
}

/** The title of the editor that shows a change. */
export function describeChange(change: ChangeRow, { before, after }: Comparison): string {
  const { path, from, kind } = change;
  const name = displayPath(lastName(path));
  const oldName = displayPath(lastName(from ?? path));
  const states = [before, after].flatMap((state) => (state?.kind === 'snapshot' ? state.snapshot : []));
  const precision = { seconds: repeatedMinutes(states).size > 0 };
  return vscode.l10n.t(
    '{0} ({1} ↔ {2})',
    oldName === name ? name : `${oldName} → ${name}`,
    before && kind !== 'added' ? describeState(before, precision) : describeAbsence(before, precision),
    kind === 'removed' ? describeAbsence(after, precision) : describeState(after, precision),
  );
}

function describeAbsence(state: ComparedState | undefined, precision: Precision): string {
  if (!state) return vscode.l10n.t('New');
  if (state.kind === 'disk') return vscode.l10n.t('Deleted');
  return vscode.l10n.t('Not in {0}', describeSnapshot(state.snapshot, precision));
}
