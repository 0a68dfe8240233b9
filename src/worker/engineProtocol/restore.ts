import type { ErrorData } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { RepositoryRef, SourceRef } from './refs.ts';

export interface RestoreRequest {
  readonly repository: RepositoryRef;
  readonly snapshot: string;
  /**
   * Absolute; all that there is, if empty. Into a workspace folder: paths in it, as they are today. Into another
   * `destination`: at most one, as the snapshot has it.
   */
  readonly paths: readonly DiskPath[];
  /**
   * The workspace folder that is restored, as it is called today, wherever it was when the snapshot was made.
   * What its rules leave out is there to stay: no safety snapshot would have it. Needed without `destination`.
   */
  readonly source?: SourceRef;
  /** Absolute folder into which a file, or what is in a folder, goes, instead of where it belongs. */
  readonly destination?: DiskPath;
  /**
   * In a workspace folder: also remove what the snapshot does not have. Never what the rules of today or the
   * recorded ones leave out.
   */
  readonly exact: boolean;
  /** Take `.git` folders back, too. Else one that is there stays as it is. */
  readonly gitFolders?: boolean;
  /** Paths that the snapshot does not have are no error, and what is there goes if `exact`. */
  readonly mayBeMissing?: boolean;
  /** A plan that the person has seen. */
  readonly shownPlan?: number;
}

export interface RestoreLine {
  /** Absolute. */
  readonly path: DiskPath;
  readonly change: 'create' | 'overwrite' | 'metadata' | 'delete';
  readonly isFolder: boolean;
  readonly size: number;
}

/** What a restore would do. Nothing has been written; the plan waits in the worker. */
export interface RestorePreview {
  readonly planId: number;
  /** At most `MAX_LINES`; files to be deleted and overwritten first, git's own last. */
  readonly lines: readonly RestoreLine[];
  readonly truncated: boolean;
  readonly totals: {
    readonly create: number;
    readonly overwrite: number;
    readonly metadata: number;
    /** Files and folders. */
    readonly delete: number;
    readonly unchanged: number;
    readonly bytes: number;
  };
  /** How much of these totals is git's own, in folders `.git`. */
  readonly git: Readonly<Record<RestoreLine['change'], number>>;
  /** What the rules leave out and stays, though the snapshot does not have it. */
  readonly kept: number;
  /** What the rules leave out and stays, though the snapshot has it, perhaps otherwise. */
  readonly left: number;
  /** `.git` folders that stay as they are. */
  readonly gitFoldersLeft: number;
  /** How many files this would overwrite or delete of which the plan that was shown did not say so. */
  readonly unseen: number;
  /** The workspace folder is gone, and would be made anew: there is nothing that a safety snapshot could hold. */
  readonly isFolderGone: boolean;
  readonly problems: readonly string[];
}

export interface RestoreReport {
  readonly files: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly bytes: number;
  readonly problems: readonly string[];
  /** Why it ended before everything was done: cancelled, disk full, … What was done until then is counted. */
  readonly stopped?: ErrorData;
}
