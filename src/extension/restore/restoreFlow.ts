/**
 * The one way in which anything of a workspace folder is restored, and undone: plan, show it, ask; settle unsaved
 * editors; safety snapshot; plan again, and ask again if that would overwrite or delete what was not shown; execute;
 * offer to undo. Nothing is written before the safety snapshot is there, or the person did without.
 */
import * as vscode from 'vscode';
import { countProblems } from '../counts.ts';
import { errorCode, isCairnError } from '../../base/errors.ts';
import type { CallOptions } from '../../worker/engineProtocol.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { RestoreLine, RestoreReport } from '../../worker/engineProtocol/restore.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { pathOf } from '../diskPaths.ts';
import { withProgress } from '../withProgress.ts';
import { askConsent, type Consent } from './askConsent.ts';
import { chooseFiles } from './chooseFiles.ts';
import { isEmpty } from './describePlan.ts';
import { dropPlan, planOrder, type OrderPlan } from './orderPlan.ts';
import { noteBegun, noteEnded } from './interruptedRestore.ts';
import { restoreElsewhere } from './restoreElsewhere.ts';
import type { RestoreMode, RestoreOrder, RestorePart } from './restoreOrder.ts';
import { makeSafetySnapshots, type SafetySnapshots } from './safetySnapshot.ts';
import { settleUnsavedEditors } from './settleUnsavedEditors.ts';
import { showDoneChanges } from './showRestoreChanges.ts';
import { whatCameBack } from './whatCameBack.ts';
import { undoPaths, type UndoRecord, type UndoStore } from './undoStore.ts';

/** What is done, and how it went. */
interface Done {
  readonly plan: OrderPlan;
  readonly safety: SafetySnapshots | 'none';
  readonly reports: readonly RestoreReport[];
}

/** Carries an order out, as far as the person agrees. Throws what the engine fails with. */
export async function runRestore(cairn: Cairn, undo: UndoStore, asked: RestoreOrder): Promise<void> {
  let order = asked;
  let mode: RestoreMode = { exact: true, gitFolders: asked.gitFolders ?? false };
  for (;;) {
    const shown = await plan(cairn, order, mode);
    try {
      if (isEmpty(shown) && shown.totals.gitFoldersLeft === 0) return tellNothingToDo(order, shown);
      const consent = isUnasked(order, shown) ? unasked(mode) : await askConsent(cairn, order, shown);
      if (!consent) return;
      if (consent.kind === 'elsewhere') return await restoreElsewhere(cairn, order);
      if (consent.kind === 'choose') {
        order = await chooseFiles(order, shown);
        continue;
      }
      mode = { ...consent.mode, exact: true };
      if (consent.kind === 'replan') continue;
      const done = await proceed(cairn, undo, { order, shown, mode: consent.mode });
      if (done === 'stopped') return;
      if (done !== 'changed') return tellResult(cairn, order, done);
      const text = vscode.l10n.t('Files have changed since you looked. Look again at what would happen.');
      void vscode.window.showWarningMessage(`Cairn: ${text}`);
    } finally {
      dropPlan(cairn, shown.parts);
    }
  }
}

function isUnasked(
  { asksOnlyToOverwrite = false, isChosen = false }: RestoreOrder,
  { totals, problems }: OrderPlan,
): boolean {
  return asksOnlyToOverwrite && !isChosen && totals.overwrite + totals.delete + problems.length === 0;
}

function unasked(mode: RestoreMode): Consent {
  return { kind: 'restore', mode: { ...mode, exact: false } };
}

function plan(cairn: Cairn, order: RestoreOrder, mode: RestoreMode): Promise<OrderPlan> {
  const title = vscode.l10n.t('Looking at what would change');
  return withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
    planOrder(cairn, order, mode, undefined, options),
  );
}

/** What was agreed to. */
interface Agreed {
  readonly order: RestoreOrder;
  readonly shown: OrderPlan;
  readonly mode: RestoreMode;
}

/** `changed`: more would be lost than was shown, so nothing was done. */
async function proceed(cairn: Cairn, undo: UndoStore, agreed: Agreed): Promise<Done | 'changed' | 'stopped'> {
  const { order, shown, mode } = agreed;
  if (!(await settleUnsavedEditors(shown, mode))) return 'stopped';
  // One notification for all steps: of many in a row, the editor would not show the last.
  const title = vscode.l10n.t('Restoring {0}', order.what);
  return withProgress({ location: vscode.ProgressLocation.Notification, title }, async (options) => {
    const safety = await makeSafetySnapshots(cairn, order, shown, options);
    if (!safety) return 'stopped';
    const current = await planOrder(cairn, order, mode, shown, options);
    try {
      if (current.totals.unseen > 0) return 'changed';
      return await execute(cairn, undo, { ...agreed, plan: current, safety }, options);
    } finally {
      dropPlan(cairn, current.parts);
    }
  });
}

/** It is known how to undo it before it begins, whatever happens meanwhile. */
async function execute(
  cairn: Cairn,
  undo: UndoStore,
  { order, mode, plan, safety }: Agreed & Pick<Done, 'plan' | 'safety'>,
  options: CallOptions,
): Promise<Done | 'changed'> {
  const { engine, log } = cairn;
  const before = undo.record;
  if (!order.isContinued || !before) await undo.set(await undoRecord(order, mode, safety));
  await noteBegun(cairn, { ...order, gitFolders: mode.gitFolders });
  const reports: RestoreReport[] = [];
  try {
    for (const { part, preview } of plan.parts) {
      const report = await engine.call('executeRestore', { planId: preview.planId }, options);
      // Nobody cancelled it: the window closes, and the next one tells.
      if (report.stopped?.code === 'aborted' && !options.signal?.aborted) return { plan, safety, reports: [report] };
      reports.push(report);
      await tellFilesChanged(cairn, part, preview.isFolderGone);
      for (const problem of report.problems) log.warn(problem);
      if (report.stopped) break;
    }
    await noteEnded(cairn);
    return { plan, safety, reports };
  } catch (error) {
    const isUntouched = reports.length === 0 && ['aborted', 'refused'].includes(errorCode(error));
    // With the window, or the worker, it may end anywhere.
    if (isUntouched || !['aborted', 'worker-crashed'].includes(errorCode(error))) await noteEnded(cairn);
    if (isUntouched) await undo.set(before);
    else offerUndoAfterFailure(undo);
    if (isUntouched && isChanged(error)) return 'changed';
    throw error;
  }
}

/** What was written here is known without waiting for the watcher, which saw nothing of a folder that was gone. */
async function tellFilesChanged(
  { engine, filesChanged }: Cairn,
  { folder, paths }: RestorePart,
  isFolderGone: boolean,
): Promise<void> {
  const isKnown = paths.length > 0 && !isFolderGone;
  await engine.call('noteChanges', { folder: pathOf(folder.uri), ...(isKnown && { paths }) });
  filesChanged.fire(folder);
}

function isChanged(error: unknown): boolean {
  return isCairnError(error) && error.details?.['changed'] !== undefined;
}

async function undoRecord(
  { what, parts }: RestoreOrder,
  { gitFolders }: RestoreMode,
  safety: SafetySnapshots | 'none',
): Promise<UndoRecord | undefined> {
  if (safety === 'none') return undefined;
  const saved = parts.flatMap(({ folder, paths }, at) => {
    const before = safety.rows[at];
    return before ? [{ folder, before, paths }] : [];
  });
  // Files of one folder may come from several snapshots; what was before is in one.
  const records = [...Map.groupBy(saved, ({ folder }) => folder.uri.toString()).values()].map((of) =>
    recordOf(
      of[0]!.folder,
      of[0]!.before,
      of.flatMap(({ paths }) => paths),
    ),
  );
  return { target: safety.target.id, what, gitFolders, parts: await Promise.all(records) };
}

async function recordOf(folder: vscode.WorkspaceFolder, safety: SnapshotRow, paths: readonly DiskPath[]) {
  return { folder: folder.uri.toString(), safety, paths: await undoPaths(pathOf(folder.uri), paths) };
}

function tellNothingToDo({ what }: RestoreOrder, { totals, problems }: OrderPlan): void {
  const left = totals.left + totals.kept;
  const text =
    problems.length > 0
      ? problems.join('\n')
      : left > 0
        ? vscode.l10n.t(
            '{0}: there is nothing to restore but what the settings of today leave out of backups. That stays as it is, since it could not be brought back; restore it to another place.',
            what,
          )
        : vscode.l10n.t('{0} is as it was then: there is nothing to restore.', what);
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}

function offerUndoAfterFailure({ record }: UndoStore): void {
  if (!record) return;
  const undo = vscode.l10n.t('Undo Restore');
  const text = vscode.l10n.t('The restore did not come to its end. What was there before is in the safety snapshot.');
  void vscode.window.showWarningMessage(`Cairn: ${text}`, undo).then((choice) => {
    if (choice === undo) void vscode.commands.executeCommand(commands.undoRestore);
  });
}

function tellResult(cairn: Cairn, order: RestoreOrder, { plan, safety, reports }: Done): void {
  const undo = vscode.l10n.t('Undo Restore');
  const show = vscode.l10n.t('Show Changes');
  const showLog = vscode.l10n.t('Show Log');
  const problems = reports.reduce((sum, report) => sum + report.problems.length, 0);
  const stopped = reports.find((report) => report.stopped)?.stopped;
  const open = vscode.l10n.t('Open');
  const only = problems > 0 || stopped ? undefined : onlyFile(plan);
  const buttons = [
    ...(only === undefined ? [] : [open]),
    ...(safety === 'none' ? [] : [undo, show]),
    ...(problems > 0 ? [showLog] : []),
  ];
  const tell = problems > 0 || stopped ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const back =
    stopped || order.isUndo
      ? ''
      : whatCameBack(
          plan.parts.map(({ preview }) => preview),
          order.what,
        );
  void tell(`Cairn: ${[describeResult(order, reports), back].join(' ').trim()}`, ...buttons).then(async (choice) => {
    if (choice === undo) await vscode.commands.executeCommand(commands.undoRestore);
    if (choice === showLog) cairn.log.show();
    if (choice === open) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(only!));
    if (choice !== show || safety === 'none') return;
    const planned = plan.parts.map(({ part, preview }, at) => ({ part, preview, before: safety.rows[at] }));
    for (const [first, ...others] of Map.groupBy(planned, ({ part }) => part.folder.uri.toString()).values()) {
      if (!first?.before) continue;
      const done = { target: safety.target, safety: first.before, folder: first.part.folder };
      const lines = [first, ...others].flatMap(({ preview }) => preview.lines);
      await showDoneChanges(cairn, done, lines.filter(isContent));
    }
  });
}

/** The one file that came back, if it was one. */
function onlyFile({ parts }: OrderPlan): DiskPath | undefined {
  const restored = parts.flatMap(({ preview }) => preview.lines).filter(isContent);
  const [only, ...more] = restored.filter(({ change }) => change !== 'delete');
  return more.length === 0 ? only?.path : undefined;
}

function describeResult({ what, isUndo }: RestoreOrder, reports: readonly RestoreReport[]): string {
  const sum = (of: (report: RestoreReport) => number) => reports.reduce((all, report) => all + of(report), 0);
  const number = (value: number) => value.toLocaleString(vscode.env.language);
  const deleted = sum((report) => report.deleted);
  const problems = sum((report) => report.problems.length);
  const stopped = reports.find((report) => report.stopped)?.stopped;
  const counts = [
    vscode.l10n.t('{0} restored', number(sum(({ files }) => files))),
    ...(deleted > 0 ? [vscode.l10n.t('{0} deleted', number(deleted))] : []),
  ].join(', ');
  const sentences = [];
  if (stopped?.code === 'aborted') sentences.push(vscode.l10n.t('Cancelled. Until then, of {0}: {1}.', what, counts));
  else if (stopped) sentences.push(stopped.message, vscode.l10n.t('Until then, of {0}: {1}.', what, counts));
  else if (isUndo) sentences.push(vscode.l10n.t('The restore of {0} is undone: {1}.', what, counts));
  else sentences.push(vscode.l10n.t('Restored {0}: {1}.', what, counts));
  if (problems > 0) sentences.push(vscode.l10n.t('{0}: see the log.', countProblems(problems)));
  return sentences.join(' ');
}

function isContent({ isFolder, change }: RestoreLine): boolean {
  return !isFolder && change !== 'metadata';
}
