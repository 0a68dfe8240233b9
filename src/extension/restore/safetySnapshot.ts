import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { SnapshotRow } from '../../worker/engineProtocol.ts';
import type { Cairn } from '../cairn.ts';
import { describeSnapshot } from '../documents/describeState.ts';
import type { Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';
import type { RestoreOrder } from './restoreOrder.ts';

/** Snapshots of the state before a restore, in the order of its parts. */
export interface SafetySnapshots {
  readonly target: Target;
  readonly rows: readonly SnapshotRow[];
}

/**
 * Backs up, in full, every folder that a restore is going to change. `none` if that failed and the person wants to
 * go on all the same; undefined if not, or if they cancelled it.
 */
export async function makeSafetySnapshots(
  cairn: Cairn,
  order: RestoreOrder,
): Promise<SafetySnapshots | 'none' | undefined> {
  const title = vscode.l10n.t('Making a safety snapshot');
  const target = cairn.targets.primary();
  try {
    const rows: SnapshotRow[] = [];
    let problems = 0;
    await withProgress({ location: vscode.ProgressLocation.Notification, title }, async (options) => {
      for (const { folder, snapshot } of order.parts) {
        const label = labelOf(order, snapshot);
        const what = { folder, target, trigger: 'restore', scan: 'full', label, evenIfUnchanged: true } as const;
        const report = await cairn.backups.backUp(what, options);
        if (report.snapshot) rows.push(report.snapshot);
        problems += report.problems.length;
      }
    });
    if (problems > 0 && !(await askWithGaps(problems))) return undefined;
    return { target, rows };
  } catch (error) {
    if (errorCode(error) === 'aborted') return undefined;
    return (await askWithout(error)) ? 'none' : undefined;
  }
}

function labelOf({ isUndo }: RestoreOrder, snapshot: SnapshotRow): string {
  if (isUndo) return vscode.l10n.t('Before undoing a restore');
  return vscode.l10n.t('Before restore of {0}', snapshot.label ?? describeSnapshot(snapshot));
}

async function askWithout(error: unknown): Promise<boolean> {
  const goOn = vscode.l10n.t('Restore Without Safety Snapshot');
  const question = vscode.l10n.t('No safety snapshot could be made, so this restore could not be undone.');
  const detail = error instanceof Error ? error.message : String(error);
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, goOn)) === goOn;
}

async function askWithGaps(problems: number): Promise<boolean> {
  const goOn = vscode.l10n.t('Restore All the Same');
  const question = vscode.l10n.t('The safety snapshot is not complete: {0} files could not be read.', problems);
  const detail = vscode.l10n.t('Undo Restore would not bring these back as they are. The log lists them.');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, goOn)) === goOn;
}
