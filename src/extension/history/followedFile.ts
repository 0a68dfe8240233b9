import * as vscode from 'vscode';
import { chosenResources } from '../changes/chosenResources.ts';
import { isSnapshotPlace } from '../snapshots/snapshotPlace.ts';

/** A file of the workspace whose history is shown. It need not be there any more. */
export interface FollowedFile {
  /** Absolute, as it is today. */
  readonly path: string;
  readonly folder: vscode.WorkspaceFolder;
}

/** The file that a command is for, or else that of the active editor, also if that shows a version of it. */
export function fileToFollow(clicked?: unknown): FollowedFile | undefined {
  const ofPlace = isSnapshotPlace(clicked) && clicked.path !== undefined ? vscode.Uri.file(clicked.path) : undefined;
  const [uri] = chosenResources(ofPlace ?? clicked, undefined);
  const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
  return folder && folder.uri.fsPath !== uri.fsPath ? { path: uri.fsPath, folder } : undefined;
}

/** Whether both are the same file. */
export function isSameFile(a: FollowedFile | undefined, b: FollowedFile | undefined): boolean {
  return a?.path === b?.path;
}
