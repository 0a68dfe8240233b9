import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import type { Actor, ChangeKind, NodeType } from '../../engine/index.ts';

/** Why a snapshot was made; `outside`: what changed files was not the editor. */
export type Trigger = 'manual' | 'save' | 'outside' | 'commit' | 'schedule' | 'restore';

/** Who changed what a snapshot has and the one before it had not. */
export interface RowActor extends Actor {
  /** What people call it, if that is not its name. */
  readonly title?: string;
}

/** A snapshot, as a view shows it. */
export interface SnapshotRow {
  readonly id: string;
  readonly time: string;
  readonly hostname: string;
  readonly username: string;
  readonly paths: readonly DiskPath[];
  readonly tags: readonly string[];
  /** Absent for what another program made. */
  readonly trigger?: Trigger;
  /** Absent where nobody said anything of it. */
  readonly actor?: RowActor;
  /** What a person, or the subject of a commit, says of it. */
  readonly label?: string;
  /** Short id of the git commit after which it was made. */
  readonly commit?: string;
  /** Its work tree, on the way from the workspace folder; absent if it is that, or not known. */
  readonly commitIn?: string;
  /** Its subject, where the label is another one. */
  readonly subject?: string;
  /** Its id before its tags were changed for the first time. */
  readonly original?: string;
  /** So many files are deleted in it that a person should hear of it. */
  readonly isMassDeletion?: true;
  /** So many files turned to noise in it that a person should hear of it. */
  readonly scrambled?: number;
  /** Retention never takes it. */
  readonly keep: boolean;
  /** The snapshot before it of the same workspace, against which its changes are shown. */
  readonly previous?: string;
  /** Absent for what another program made without a summary. */
  readonly counts?: {
    /** Absent, as `filesChanged`, when the folder was elsewhere before: the backup had nothing to compare with. */
    readonly filesNew?: number;
    readonly filesChanged?: number;
    /** Absent: none, or it was not counted. */
    readonly filesRemoved?: number;
    /** Files of git's own that are new, changed or removed; the three above are without them. */
    readonly gitFiles?: number;
    /** The only file that is new, changed or removed, or the folder that has all of these; absent if nobody noted it. */
    readonly changedAt?: DiskPath;
    readonly files: number;
    readonly bytes: number;
    readonly bytesAdded: number;
  };
}

/**
 * Since when changes of a folder are told: its newest snapshot; the newest of a commit; the newest before a time, or else
 * the oldest of all; the one before the newest session of an agent began; or a certain one.
 */
export type Baseline =
  | { readonly kind: 'last' | 'commit' | 'agent' }
  | { readonly kind: 'before'; readonly time: string }
  | { readonly kind: 'snapshot'; readonly id: string; readonly time: string };

/** One difference between two states of a folder. */
export interface ChangeRow {
  /** Absolute on the disk, as the snapshot's own paths are. */
  readonly path: DiskPath;
  readonly kind: ChangeKind;
  /** In the later state, or in the earlier one if it is not there any more. */
  readonly type: NodeType;
  /** In the earlier state, if that is another one. */
  readonly typeBefore?: NodeType;
  /** Of the earlier state. */
  readonly sizeBefore?: number;
  readonly sizeAfter?: number;
  /** Renamed: where it was. */
  readonly from?: DiskPath;
}

/** Differences, at most as many as were asked for; those of git's own files come last, and as many of them. */
export interface ChangeList {
  readonly changes: readonly ChangeRow[];
  /** Without git's own files. */
  readonly counts: { readonly added: number; readonly modified: number; readonly removed: number };
  /** How many files of git's own differ, in folders `.git`. */
  readonly gitFiles: number;
  /** There are more than `changes` lists. */
  readonly truncated: boolean;
  /** What could not be compared, as sentences. */
  readonly problems: readonly string[];
}

/** An entry of a folder of a snapshot. */
export interface EntryRow {
  readonly name: PathBelow;
  readonly type: NodeType;
  readonly size: number;
  readonly mtime: string;
  readonly ctime: string;
  readonly mode: number;
  readonly linkTarget?: string;
}

/** The file in a run of snapshots in which its content stayed the same. */
export interface VersionRow {
  readonly change: 'added' | 'modified' | 'typeChanged' | 'deleted';
  /** The snapshot in which it first appears. */
  readonly snapshot: SnapshotRow;
  readonly lastTime: string;
  /** How many snapshots have it so. */
  readonly snapshots: number;
  /** Absolute on the disk, as the snapshot's own paths are. */
  readonly path: DiskPath;
  readonly size?: number;
  /** The same for the same content, whatever snapshot or file it is in; absent if it is deleted. */
  readonly contentId?: string;
}

/** A file that a snapshot of a workspace folder has. */
export interface PastFileRow {
  /** Absolute, where it is or would be today. */
  readonly path: DiskPath;
  /** The time of the newest snapshot that has it, if that is not the newest of all: it is gone since. */
  readonly lastTime?: string;
}
