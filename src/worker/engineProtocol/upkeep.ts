import type { DiskPath, TreePath } from '../../base/pathKinds.ts';
import type { RepositoryRef } from './refs.ts';
import type { SnapshotRow } from './snapshots.ts';

/** What a verification of a repository found. */
export interface VerifyReport {
  /** No errors; there may be hints. */
  readonly isGood: boolean;
  readonly findings: readonly { readonly severity: 'error' | 'hint'; readonly message: string }[];
  /** Files of which some snapshots no longer have what was backed up. */
  readonly affected: readonly AffectedRow[];
  /** There are more than are listed. */
  readonly truncated: boolean;
  /** What can be done, as sentences. */
  readonly advice: readonly string[];
  readonly counts: {
    readonly snapshots: number;
    readonly packs: number;
    readonly packsRead: number;
    readonly bytesRead: number;
    readonly errors: number;
  };
}

export interface AffectedRow {
  /** As it stands in the tree of the snapshots. */
  readonly path: TreePath;
  readonly type: 'file' | 'folder';
  readonly loss: 'CORRUPT' | 'MISSING';
  /** Newest first. */
  readonly snapshots: readonly { readonly id: string; readonly time?: string }[];
  /** The newest snapshot in which another version of it is intact. */
  readonly intactIn?: string;
}

/** What a policy says of the snapshots of one host and one set of paths, newest first. */
export interface ForgetGroupRow {
  readonly host: string;
  readonly paths: readonly DiskPath[];
  readonly keep: readonly { readonly snapshot: SnapshotRow; readonly reasons: readonly string[] }[];
  readonly remove: readonly SnapshotRow[];
}

export interface PruneRequest {
  readonly repository: RepositoryRef;
  readonly dryRun: boolean;
  /** Also what was stored less than a day ago, which a program without locks may be about to use. */
  readonly includesNew?: boolean;
}

/** What a prune does, or would do. Bytes and packs. */
export interface PruneReport {
  readonly usedBytes: number;
  readonly freedBytes: number;
  /** Read and written anew, since used and unused content share a pack. */
  readonly repackBytes: number;
  /** What stays unused, since it is not worth rewriting. */
  readonly remainingUnusedBytes: number;
  /** What stays unused for now, since it was stored less than a day ago. */
  readonly waitingBytes: number;
  readonly packs: { readonly kept: number; readonly removed: number; readonly rewritten: number };
  /** What could not be removed, as sentences; the next prune tries again. */
  readonly problems: readonly string[];
  /** What was removed takes space until the repository's guard lets go of it. */
  readonly isHeld: boolean;
}

/** Files with the same content. */
export interface DuplicateRow {
  /** Of each. */
  readonly size: number;
  /** Absolute. */
  readonly paths: readonly DiskPath[];
  /** Bytes that would be free if one of the files were left. */
  readonly wasted: number;
}
