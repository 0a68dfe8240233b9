import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';
import { lastName } from '../diskPaths.ts';
import type { ComparedState, Comparison } from './comparison.ts';
import { formatMoment } from './formatMoment.ts';

/** A state in the title of an editor: `Snapshot 14:02`, or `Current`, what is on the disk. */
function describeState(state: ComparedState): string {
  return state.kind === 'disk' ? vscode.l10n.t('Current') : describeSnapshot(state.snapshot);
}

/** A snapshot in the title of an editor: `Snapshot 14:02`. */
export function describeSnapshot(snapshot: { readonly time: string }): string {
  return vscode.l10n.t('Snapshot {0}', momentOf(snapshot));
}

/** When a snapshot was made, for sentences. */
export function momentOf({ time }: { readonly time: string }): string {
  return formatMoment(new Date(time), new Date(), vscode.env.language);
}

/** The title of the editor that shows a change. */
export function describeChange(change: ChangeRow, { before, after }: Comparison): string {
  const { path, from, kind } = change;
  const name = displayPath(lastName(path));
  const oldName = displayPath(lastName(from ?? path));
  return vscode.l10n.t(
    '{0} ({1} ↔ {2})',
    oldName === name ? name : `${oldName} → ${name}`,
    before && kind !== 'added' ? describeState(before) : describeAbsence(before),
    kind === 'removed' ? describeAbsence(after) : describeState(after),
  );
}

function describeAbsence(state: ComparedState | undefined): string {
  if (!state) return vscode.l10n.t('New');
  if (state.kind === 'disk') return vscode.l10n.t('Deleted');
  return vscode.l10n.t('Not in {0}', describeSnapshot(state.snapshot));
}
