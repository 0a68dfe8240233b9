import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import { chosenResources } from '../changes/chosenResources.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { pathOf } from '../diskPaths.ts';
import { isSnapshotPlace } from '../snapshots/snapshotPlace.ts';

/** A file of the workspace whose history is shown. It need not be there any more. */
export interface FollowedFile {
  /** Absolute, as it is today. */
  readonly path: DiskPath;
  readonly folder: vscode.WorkspaceFolder;
}

/** The file that a command is for, or else that of the active editor, also if that shows a version of it. */
export function fileToFollow(clicked?: unknown): FollowedFile | undefined {
  const ofPlace = isSnapshotPlace(clicked) && clicked.path !== undefined ? vscode.Uri.file(clicked.path) : undefined;
  const [uri] = chosenResources(ofPlace ?? clicked, undefined);
  const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
  if (!folder) return undefined;
  const path = pathOf(uri);
  return isSamePlace(path, pathOf(folder.uri)) ? undefined : { path, folder };
}

/** The file that the active editor shows, unless that shows several. */
export function fileOfActiveTab(): FollowedFile | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isOne = input instanceof Object && ('uri' in input || 'modified' in input);
  return isOne ? fileToFollow() : undefined;
}

/** Whether an editor's document is this file on the disk. */
export function isDocumentOf(uri: vscode.Uri, file: FollowedFile | undefined): boolean {
  return file !== undefined && uri.scheme === 'file' && isSamePlace(pathOf(uri), file.path);
}

/** Whether both are the same file. */
export function isSameFile(a: FollowedFile | undefined, b: FollowedFile | undefined): boolean {
  return a && b ? isSamePlace(a.path, b.path) : a === b;
}
