import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { RestoreLine } from '../../worker/engineProtocol/restore.ts';
import type { ChangeRow, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { pathInSnapshot, type Comparison } from '../documents/comparison.ts';
import { describeSnapshot } from '../documents/describeState.ts';
import { openAllChanges, openChange } from '../documents/openChange.ts';
import type { Target } from '../targets/targetStore.ts';
import type { RestoreOrder, RestorePart } from './restoreOrder.ts';

const kinds = { create: 'added', overwrite: 'modified', metadata: 'metadata', delete: 'removed' } as const;

/** Opens what a restore would change: the disk at the left, what would come at the right. */
export async function showPlannedChanges(
  cairn: Cairn,
  { target, what }: RestoreOrder,
  part: RestorePart,
  lines: readonly RestoreLine[],
): Promise<void> {
  const { folder, snapshot } = part;
  const comparison: Comparison = {
    before: { kind: 'disk', folder: pathOf(folder.uri) },
    after: { kind: 'snapshot', snapshot, target: target.id },
  };
  const changes = lines.map((line) => changeOf(line, pathInSnapshot(line.path, pathOf(folder.uri), snapshot)));
  const title = vscode.l10n.t('{0} (Current ↔ {1})', what, describeSnapshot(snapshot));
  await open(cairn, title, changes, comparison);
}

/** Opens what a restore has changed: the safety snapshot at the left, the disk at the right. */
export async function showDoneChanges(
  cairn: Cairn,
  options: { readonly target: Target; readonly safety: SnapshotRow; readonly folder: vscode.WorkspaceFolder },
  lines: readonly RestoreLine[],
): Promise<void> {
  const { target, safety, folder } = options;
  const comparison: Comparison = {
    before: { kind: 'snapshot', snapshot: safety, target: target.id },
    after: { kind: 'disk', folder: pathOf(folder.uri) },
  };
  const title = vscode.l10n.t('What was restored (before ↔ Current)');
  const changes = lines.map((line) => changeOf(line, line.path));
  await open(cairn, title, changes, comparison);
}

async function open(cairn: Cairn, title: string, changes: readonly ChangeRow[], comparison: Comparison): Promise<void> {
  const contents = changes.filter(({ kind, type }) => kind !== 'metadata' && type === 'file');
  if (contents.length === 1) await openChange(cairn, contents[0]!, comparison);
  else await openAllChanges(cairn, title, contents, comparison);
}

function changeOf({ change, size, isFolder }: RestoreLine, path: DiskPath): ChangeRow {
  return {
    path,
    kind: kinds[change],
    type: isFolder ? 'dir' : 'file',
    ...(change === 'delete' ? { sizeBefore: size } : { sizeAfter: size }),
  };
}
