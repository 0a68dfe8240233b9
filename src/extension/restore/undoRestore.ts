import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import type { Target } from '../targets/targetStore.ts';
import { runRestore } from './restoreFlow.ts';
import type { RestorePart } from './restoreOrder.ts';
import type { UndoRecord, UndoStore } from './undoStore.ts';

/** Takes the last restore back: the files that it could touch become what they were before. Can be undone itself. */
export async function undoRestore(cairn: Cairn, undo: UndoStore): Promise<void> {
  const { record } = undo;
  if (!record) {
    void vscode.window.showInformationMessage(`Cairn: ${vscode.l10n.t('There is no restore to undo.')}`);
    return;
  }
  const target = cairn.targets.find(record.target);
  if (!target) throw gone();
  const parts: RestorePart[] = [];
  for (const { folder: uri, safety, paths } of record.parts) {
    const folder = workspaceFolders().find((other) => other.uri.toString() === uri);
    if (!folder) throw gone();
    parts.push({ folder, snapshot: await findSafety(cairn, target, folder, safety), paths });
  }
  await runRestore(cairn, undo, { what: record.what, target, parts, isUndo: true, gitFolders: record.gitFolders });
}

/** A label or a pin changes the id of a snapshot, but not its time. */
async function findSafety(
  { engine, targets }: Cairn,
  target: Target,
  folder: vscode.WorkspaceFolder,
  { id, time }: UndoRecord['parts'][number]['safety'],
): Promise<SnapshotRow> {
  const query = { folder: pathOf(folder.uri), triggers: ['restore'] as const, limit: Infinity };
  const { rows } = await engine.call('listSnapshots', { repository: await targets.repositoryRef(target), ...query });
  const found = rows.find((row) => row.id === id) ?? rows.find((row) => row.time === time);
  if (!found) throw gone();
  return found;
}

function gone(): CairnError {
  const text = vscode.l10n.t(
    'The safety snapshot of that restore cannot be found any more: its target, folder or snapshot was removed.',
  );
  return new CairnError('snapshot-not-found', text);
}
