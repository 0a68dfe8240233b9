import type * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Target } from '../targets/targetStore.ts';

/** What is to come back, before it is known what that would change. */
export interface RestoreOrder {
  /** For people: `the workspace`, the name of a file. */
  readonly what: string;
  readonly target: Target;
  readonly parts: readonly RestorePart[];
  /** The person named each file: where nothing is overwritten, there is nothing to ask. */
  readonly asksOnlyToOverwrite?: boolean;
  /** Takes a restore back: always exactly, and what the snapshot does not have is no error. */
  readonly isUndo?: boolean;
  /** The person ticked each of the paths; of those that are deleted, the snapshot has none. */
  readonly isChosen?: boolean;
  /** Goes on with a restore that was interrupted: undone is all of it. */
  readonly isContinued?: boolean;
  /** Of an undo: whether `.git` folders are taken back, too. */
  readonly gitFolders?: boolean;
}

/** What comes back in one folder of the workspace. */
export interface RestorePart {
  readonly folder: vscode.WorkspaceFolder;
  readonly snapshot: SnapshotRow;
  /** Absolute, as they are today; the whole folder, if empty. */
  readonly paths: readonly DiskPath[];
}

/** How an order is carried out. */
export interface RestoreMode {
  /** Also delete what the snapshot does not have. */
  readonly exact: boolean;
  /** Take `.git` folders back that are there, too. */
  readonly gitFolders: boolean;
}
