import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { pickSnapshot } from '../changes/pickSnapshot.ts';
import { workspaceFolders } from '../settings.ts';
import type { SnapshotPlace } from './snapshotPlace.ts';

/** One of the snapshots of the workspace in the primary target; none if that was cancelled. */
export async function askForSnapshot(cairn: Cairn, title: string): Promise<SnapshotPlace[]> {
  const [first, ...more] = workspaceFolders();
  const folder = more.length > 0 ? await vscode.window.showWorkspaceFolderPick({ placeHolder: title }) : first;
  const target = cairn.targets.primary();
  const row = folder && (await pickSnapshot(cairn, folder, target, title));
  return row ? [{ target, row }] : [];
}
