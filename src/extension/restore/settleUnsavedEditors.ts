import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import { placeKey } from '../../base/samePlace.ts';
import { isInside, lastName, pathOf } from '../diskPaths.ts';
import { linesOf, type OrderPlan } from './orderPlan.ts';
import type { RestoreMode } from './restoreOrder.ts';

/**
 * Asks what becomes of editors with unsaved changes whose files a restore would touch: they are saved, so that the
 * safety snapshot has them, or discarded. False if the restore is not to go on.
 */
export async function settleUnsavedEditors(plan: OrderPlan, { exact }: RestoreMode): Promise<boolean> {
  const editors = unsavedEditors(plan, exact);
  if (editors.length === 0) return true;
  const names = editors.map((uri) => lastName(pathOf(uri)));
  const question =
    names.length === 1
      ? vscode.l10n.t('{0} has unsaved changes, and would be replaced.', names[0]!)
      : vscode.l10n.t('{0} files have unsaved changes, and would be replaced.', names.length);
  const save = vscode.l10n.t('Save, Then Restore');
  const discard = vscode.l10n.t('Discard Changes');
  const detail = vscode.l10n.t(
    'What you save goes into the safety snapshot, from which Undo Restore brings it back: {0}',
    names.join(', '),
  );
  const choice = await vscode.window.showWarningMessage(question, { modal: true, detail }, save, discard);
  if (choice === undefined) return false;
  for (const uri of editors) await (choice === save ? saveEditor(uri) : discardEditor(uri));
  return true;
}

function unsavedEditors(plan: OrderPlan, exact: boolean): vscode.Uri[] {
  const lines = linesOf(plan).filter(({ line: { change } }) => exact || change !== 'delete');
  const touched = new Set(lines.map(({ line }) => placeKey(line.path)));
  const roots = plan.parts.flatMap(({ part: { folder, paths } }) => (paths.length > 0 ? paths : [pathOf(folder.uri)]));
  return unsavedDocuments().filter((uri) => {
    const path = pathOf(uri);
    return touched.has(placeKey(path)) || (plan.truncated && roots.some((root) => isInside(path, root)));
  });
}

/** Of text, notebook and custom editors alike. */
function unsavedDocuments(): vscode.Uri[] {
  const found = new Map<string, vscode.Uri>();
  for (const { isDirty, uri } of vscode.workspace.textDocuments) if (isDirty) found.set(uri.toString(), uri);
  for (const { isDirty, uri } of vscode.workspace.notebookDocuments) if (isDirty) found.set(uri.toString(), uri);
  for (const { isDirty, input } of vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs)) {
    if (isDirty && input instanceof vscode.TabInputCustom) found.set(input.uri.toString(), input.uri);
  }
  return [...found.values()].filter(({ scheme }) => scheme === 'file');
}

async function saveEditor(uri: vscode.Uri): Promise<void> {
  if (await vscode.workspace.save(uri)) return;
  const text = vscode.l10n.t('{0} could not be saved. Nothing was restored.', pathOf(uri));
  throw new CairnError('storage-error', text);
}

/** Only the active editor can be reverted. Where its file is gone, that cannot be done, and it is closed. */
async function discardEditor(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', uri, { preview: false });
  await vscode.commands.executeCommand('workbench.action.files.revert');
  if (unsavedDocuments().some((other) => other.toString() === uri.toString())) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
}
