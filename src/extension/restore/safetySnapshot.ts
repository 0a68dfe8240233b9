import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { CallOptions } from '../../worker/engineProtocol.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { formatWithDay } from '../documents/formatMoment.ts';
import type { Target } from '../targets/targetStore.ts';
import type { OrderPlan } from './orderPlan.ts';
import type { RestoreOrder } from './restoreOrder.ts';

/** Snapshots of the state before a restore. */
export interface SafetySnapshots {
  readonly target: Target;
  /** In the order of the parts of the restore; nothing for one whose folder was gone. */
  readonly rows: readonly (SnapshotRow | undefined)[];
}

/**
 * Backs up, in full, every folder that a restore is going to change. `none` if there is nothing that could be lost,
 * or if that failed and the person wants to go on all the same; undefined if not, or if they cancelled it.
 */
export async function makeSafetySnapshots(
  cairn: Cairn,
  order: RestoreOrder,
  shown: OrderPlan,
  options: CallOptions,
): Promise<SafetySnapshots | 'none' | undefined> {
  const target = cairn.targets.primary();
  try {
    const rows: (SnapshotRow | undefined)[] = [];
    const known = new Map<string, SnapshotRow>();
    let problems = 0;
    for (const [at, { folder, snapshot }] of order.parts.entries()) {
      // Files of one folder may come from several snapshots.
      const made = known.get(folder.uri.toString());
      if (made) {
        rows.push(made);
        continue;
      }
      // A snapshot of nothing would be the newest, and all that was there would seem to be deleted on purpose.
      if (shown.parts[at]!.preview.isFolderGone) {
        rows.push(undefined);
        continue;
      }
      const label = labelOf(order, snapshot);
      const what = { folder, target, trigger: 'restore', scan: 'full', label, evenIfUnchanged: true } as const;
      const report = await cairn.backups.backUp(what, options);
      if (!report.snapshot) throw new CairnError('internal', 'A backup that was to make a snapshot made none.');
      rows.push(report.snapshot);
      known.set(folder.uri.toString(), report.snapshot);
      problems += report.problems.length;
    }
    if (problems > 0 && !(await askWithGaps(problems))) return undefined;
    return rows.some((row) => row) ? { target, rows } : 'none';
  } catch (error) {
    if (errorCode(error) === 'aborted') return undefined;
    return (await askWithout(error)) ? 'none' : undefined;
  }
}

function labelOf({ isUndo }: RestoreOrder, snapshot: SnapshotRow): string {
  if (isUndo) return vscode.l10n.t('Before undoing a restore');
  // Read long after, so with the day.
  const moment = formatWithDay(new Date(snapshot.time), vscode.env.language);
  return vscode.l10n.t('Before restore of {0}', snapshot.label ?? moment);
}

async function askWithout(error: unknown): Promise<boolean> {
  const goOn = vscode.l10n.t('Restore Without Safety Snapshot');
  const question = vscode.l10n.t('No safety snapshot could be made, so this restore could not be undone.');
  const detail = error instanceof Error ? error.message : String(error);
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, goOn)) === goOn;
}

async function askWithGaps(problems: number): Promise<boolean> {
  const goOn = vscode.l10n.t('Restore All the Same');
  const question = vscode.l10n.t('The safety snapshot is not complete: {0} could not be read.', countFiles(problems));
  const detail = vscode.l10n.t('Undo Restore would not bring back as it is what the log lists.');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, goOn)) === goOn;
}
