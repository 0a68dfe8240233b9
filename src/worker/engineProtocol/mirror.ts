import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';

export interface MirrorRow {
  readonly action: 'copy' | 'link' | 'make' | 'update' | 'delete';
  /** Relative; for a dated copy that goes, its name. */
  readonly path: PathBelow;
  readonly isFolder: boolean;
  readonly size: number;
  readonly isNew: boolean;
}

/** What a mirror would do. Nothing has been written; the plan waits in the worker. */
export interface MirrorPreview {
  readonly planId: number;
  readonly source: DiskPath;
  readonly destination: DiskPath;
  /** What goes and what is overwritten first; without what is only linked. */
  readonly lines: readonly MirrorRow[];
  readonly truncated: boolean;
  readonly totals: {
    readonly copyNew: number;
    readonly copyChanged: number;
    readonly copyBytes: number;
    readonly linked: number;
    readonly updated: number;
    readonly unchanged: number;
    /** Files and folders, and dated copies. */
    readonly delete: number;
    readonly deleteBytes: number;
  };
  readonly problems: readonly string[];
  /** What a person should know, though nothing is missing for it. */
  readonly notices: readonly string[];
  /** Why a person must be asked before this is done, as a sentence. */
  readonly needsForce?: string;
  /** There is nothing to do. */
  readonly isDone: boolean;
  /** Of the new dated copy. */
  readonly name?: string;
}

export interface MirrorReport {
  readonly copied: number;
  readonly bytes: number;
  readonly linked: number;
  readonly deleted: number;
  /** Deletions that were left undone, since something could not be copied. */
  readonly postponed: number;
  readonly problems: readonly string[];
  /** Those of the preview. */
  readonly notices: readonly string[];
  /** Of the new dated copy. */
  readonly name?: string;
}
