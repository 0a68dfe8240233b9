import type { DiskPath } from '../../base/pathKinds.ts';
import type { ProgressListener } from '../../base/progress.ts';
import type { PackId, SnapshotId } from '../../repository/format/ids.ts';
import type { SnapshotSummary } from '../../repository/format/snapshot.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import type { StoringEffort } from '../codec/storeFiles.ts';
import type { GroupBy } from '../forget/groupSnapshots.ts';
import type { UnreadAttributes } from './attributeReader.ts';
import type { BackupProblem, SkippedEntry } from './findings.ts';
import type { RunningWalk } from './runningWalk.ts';

/** When a backup began and ended, RFC 3339. */
export interface BackupTimes {
  readonly start: string;
  readonly end: string;
}

export type EntryChange = 'new' | 'changed' | 'unchanged';
/** `effort` is missing for what was not read: files that are unchanged, links and the like. */
export type EntryListener = (
  path: string,
  change: EntryChange,
  type: 'file' | 'dir' | 'other',
  effort?: StoringEffort,
) => void;

/** What may have changed since a snapshot. */
export interface ChangesSince {
  /** Full id of a snapshot of the same targets by the same rules, after which every change was noted. */
  readonly snapshot: string;
  /** Absolute and cleaned, in the spelling of the targets; each stands for all that is below it too. */
  readonly paths: readonly string[];
}

export interface BackupOptions {
  /** What to back up, as the person wrote it: relative paths give another tree than absolute ones (format notes 6.1). */
  readonly targets: readonly string[];
  /** Where relative targets begin. Absolute. */
  readonly workingFolder: string;
  readonly rules: IgnoreOptions;
  /**
   * A walk of these targets by these rules that has begun already. Used where it saves time: when everything
   * is to be looked at, and compared with a parent.
   */
  readonly walk?: RunningWalk | undefined;
  /** Those of the snapshot, which may say what the backup found. */
  readonly tags?: readonly string[] | ((summary: SnapshotSummary) => readonly string[]);
  /** Recorded in the snapshot; the system's name unless stated. */
  readonly hostname?: string;
  /** Compare with this snapshot (id or prefix) instead of the newest that fits; `none` compares with nothing. */
  readonly parent?: string;
  /**
   * Look only at what may have changed; all else, and the folders above the targets, is taken over from
   * that snapshot, which is the parent then. If it is gone, or lacks a target, everything is looked at.
   */
  readonly changes?: ChangesSince;
  /** Take over each `.git` folder that the parent has as it was recorded (design, section 6). */
  readonly keepGitFolders?: boolean;
  /** Read every file that is looked at, whatever its times say. */
  readonly forceHash?: boolean;
  readonly ignoreCtime?: boolean;
  readonly ignoreInode?: boolean;
  /** What a snapshot must share with this one to be its parent; host and paths unless stated. */
  readonly groupBy?: GroupBy;
  /** Recorded as the time of the snapshot; that of its beginning unless stated. Nanoseconds since 1970. */
  readonly time?: bigint;
  /** Write nothing; say what would be written. */
  readonly dryRun?: boolean;
  /** Write no snapshot when what is at the targets equals the parent's. */
  readonly skipIfUnchanged?: boolean;
  /** Recorded in the snapshot, e.g. `cairn 0.1.0`. */
  readonly programVersion: string;
  /** The excludes as the person gave them, recorded in the snapshot. */
  readonly excludes?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Hears of every entry as soon as it is known what became of it. */
  readonly onEntry?: EntryListener;
}

export interface BackupResult {
  /** Absent for a dry run, and when nothing changed and that was to be skipped. */
  readonly snapshotId?: SnapshotId;
  readonly parent?: SnapshotId;
  /** Everything was looked at, but for `.git` folders that were to be kept. */
  readonly isComplete: boolean;
  readonly summary: SnapshotSummary;
  /** Bytes of files that were read. */
  readonly bytesRead: number;
  /** Files that could not be read or changed while they were read; the snapshot lacks or may mix them. */
  readonly problems: readonly BackupProblem[];
  /** What the rules left out, with the reason. */
  readonly skipped: readonly SkippedEntry[];
  /** Targets that patterns left out. */
  readonly leftOut: readonly SkippedEntry[];
  /** Packs that were found to be missing or cut short; what of them this backup met was stored again. */
  readonly gonePacks: readonly PackId[];
  /** Targets that have no file any more, though the parent has some of them: perhaps a disk is not mounted. */
  readonly emptied: readonly DiskPath[];
  /** Some extended attributes could not be read, and why. Those of entries that a save met and did not read do not count. */
  readonly unreadAttributes?: UnreadAttributes;
}
