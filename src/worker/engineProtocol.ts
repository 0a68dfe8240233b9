/**
 * What passes between the engine worker and whoever uses it: one map of commands, each with what goes
 * in and what comes out. Only plain data and buffers cross. Paths on the disk and in snapshots are as
 * in `base/rawName.ts`; times are RFC 3339 text; sizes are bytes.
 *
 * A command that takes long reports a {@link ProgressEvent} now and then, and each can be cancelled. What
 * fails comes back as a `CairnError` with its code.
 */
import type { ErrorData } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import type { ChangeKind, MirrorVerification, NodeType, ProbedLocation } from '../engine/index.ts';

/** How a repository is found and opened. */
export interface RepositoryRef {
  /** In restic's syntax; absent for the default repository of the user, which the first backup makes. */
  readonly location?: string;
  /** Absent for the default repository, whose password lies beside it. */
  readonly password?: PasswordSource;
}

export type PasswordSource =
  | { readonly from: 'text'; readonly text: string }
  /** White space at both ends is not part of it. */
  | { readonly from: 'file'; readonly path: string }
  /** Its standard output, as restic takes it. */
  | { readonly from: 'command'; readonly command: string };

/** A folder that is backed up, and what of it. Everything that a command needs to know comes with it. */
export interface SourceRef {
  /** Absolute. */
  readonly folder: string;
  readonly rules: SourceRules;
}

export interface SourceRules {
  readonly exclude: readonly string[];
  readonly alwaysInclude: readonly string[];
  readonly useIgnoreFiles: boolean;
  /** Whether `.git` folders are backed up. */
  readonly gitFolders: boolean;
  /** Folders of targets; never part of a backup. Absolute. */
  readonly never: readonly string[];
}

/** Why a snapshot was made. */
export type Trigger = 'manual' | 'save' | 'commit' | 'schedule' | 'restore';

/** A snapshot, as a view shows it. */
export interface SnapshotRow {
  readonly id: string;
  readonly time: string;
  readonly hostname: string;
  readonly username: string;
  readonly paths: readonly string[];
  readonly tags: readonly string[];
  /** Absent for what another program made. */
  readonly trigger?: Trigger;
  /** What a person, or the subject of a commit, says of it. */
  readonly label?: string;
  /** Short id of the git commit after which it was made. */
  readonly commit?: string;
  /** Its id before its tags were changed for the first time. */
  readonly original?: string;
  /** Retention never takes it. */
  readonly keep: boolean;
  /** The snapshot before it of the same workspace, against which its changes are shown. */
  readonly previous?: string;
  /** Absent for what another program made without a summary. */
  readonly counts?: {
    /** Absent, as `filesChanged`, when the folder was elsewhere before: the backup had nothing to compare with. */
    readonly filesNew?: number;
    readonly filesChanged?: number;
    readonly files: number;
    readonly bytes: number;
    readonly bytesAdded: number;
  };
}

/** One difference between two states of a folder. */
export interface ChangeRow {
  /** Absolute on the disk, as the snapshot's own paths are. */
  readonly path: string;
  readonly kind: ChangeKind;
  /** In the later state, or in the earlier one if it is not there any more. */
  readonly type: NodeType;
  /** In the earlier state, if that is another one. */
  readonly typeBefore?: NodeType;
  /** Of the earlier state. */
  readonly sizeBefore?: number;
  readonly sizeAfter?: number;
  /** Renamed: where it was. */
  readonly from?: string;
}

/** Differences, at most as many as were asked for. */
export interface ChangeList {
  readonly changes: readonly ChangeRow[];
  readonly counts: { readonly added: number; readonly modified: number; readonly removed: number };
  /** There are more than `changes` lists. */
  readonly truncated: boolean;
  /** What could not be compared, as sentences. */
  readonly problems: readonly string[];
}

/** An entry of a folder of a snapshot. */
export interface EntryRow {
  readonly name: string;
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
  readonly path: string;
  readonly size?: number;
}

export interface BackupRequest {
  readonly repository: RepositoryRef;
  readonly source: SourceRef;
  readonly trigger: Trigger;
  /**
   * `full` looks at every file. `journal` looks at what was noted by `noteChanges` since the last backup,
   * and falls back to a full one where that is not known.
   */
  readonly scan: 'full' | 'journal';
  /** Read every file, whatever its times say. */
  readonly forceHash?: boolean;
  readonly label?: string;
  /** Short id of the git commit. */
  readonly commit?: string;
  /** Make a snapshot even when nothing changed. */
  readonly evenIfUnchanged?: boolean;
  readonly programVersion: string;
}

export interface BackupReport {
  /** Absent if nothing changed. */
  readonly snapshot?: SnapshotRow;
  /** This backup made the default repository. */
  readonly createdRepository?: { readonly location: string; readonly passwordFile: string };
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnchanged: number;
  readonly bytesAdded: number;
  readonly bytesRead: number;
  readonly milliseconds: number;
  /** Whether every file was looked at. */
  readonly scan: 'full' | 'journal';
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

export interface RestoreRequest {
  readonly repository: RepositoryRef;
  readonly snapshot: string;
  /**
   * Absolute; all that there is, if empty. Into a workspace folder: paths in it, as they are today. Into another
   * `destination`: at most one, as the snapshot has it.
   */
  readonly paths: readonly string[];
  /**
   * The workspace folder that is restored, as it is called today, wherever it was when the snapshot was made.
   * What its rules leave out is there to stay: no safety snapshot would have it. Needed without `destination`.
   */
  readonly source?: SourceRef;
  /** Absolute folder into which a file, or what is in a folder, goes, instead of where it belongs. */
  readonly destination?: string;
  /**
   * In a workspace folder: also remove what the snapshot does not have. Never what the rules of today or the
   * recorded ones leave out.
   */
  readonly exact: boolean;
  /** Take `.git` folders back, too. Else one that is there stays as it is. */
  readonly gitFolders?: boolean;
  /** Of `exact`: paths that the snapshot does not have are no error, and what is there goes. */
  readonly mayBeMissing?: boolean;
  /** A plan that the person has seen. */
  readonly shownPlan?: number;
}

export interface RestoreLine {
  /** Absolute. */
  readonly path: string;
  readonly change: 'create' | 'overwrite' | 'metadata' | 'delete';
  readonly isFolder: boolean;
  readonly size: number;
}

/** What a restore would do. Nothing has been written; the plan waits in the worker. */
export interface RestorePreview {
  readonly planId: number;
  /** At most `MAX_LINES`; files to be deleted and overwritten first. */
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
  /** What the rules leave out and stays, though the snapshot does not have it. */
  readonly kept: number;
  /** What the rules leave out and stays, though the snapshot has it, perhaps otherwise. */
  readonly left: number;
  /** `.git` folders that stay as they are. */
  readonly gitFoldersLeft: number;
  /** How many files this would overwrite or delete of which the plan that was shown did not say so. */
  readonly unseen: number;
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

/** What is known of a target without reading all of it. */
export interface RepositoryInfo {
  /** For people. */
  readonly location: string;
  /** Absolute path of its folder, if it is one. */
  readonly folder?: string;
  readonly id: string;
  readonly version: number;
  readonly snapshots: number;
  readonly lastSnapshot?: SnapshotRow;
  /** Of the packs. */
  readonly bytes: number;
}

/** A retention policy in the words of `restic forget`: `keep-last`, `keep-within-daily`, … */
export type PolicyWords = Readonly<Record<string, string | number>>;

/** What is at a place that a person names as a target. */
export interface ProbeReport extends ProbedLocation {
  /** The first of the folders asked about in which the place lies. */
  readonly insideOf?: string;
  /** It lies on the disk of one of the folders asked about. */
  readonly onSameDisk: boolean;
}

/** What is known of a plain folder target without reading its files. Times are RFC 3339. */
export interface FolderTargetInfo {
  /** Absolute. */
  readonly folder: string;
  /** Mirrors, or dated copies, in it. */
  readonly copies: number;
  /** When the newest was made. */
  readonly newest?: string;
  /** The newest run was cut off, or is under way. */
  readonly isCutOff: boolean;
}

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
  readonly path: string;
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
  readonly paths: readonly string[];
  readonly keep: readonly { readonly snapshot: SnapshotRow; readonly reasons: readonly string[] }[];
  readonly remove: readonly SnapshotRow[];
}

/** What a prune does, or would do. Bytes and packs. */
export interface PruneReport {
  readonly usedBytes: number;
  readonly freedBytes: number;
  /** Read and written anew, since used and unused content share a pack. */
  readonly repackBytes: number;
  /** What stays unused, since it is not worth rewriting. */
  readonly remainingUnusedBytes: number;
  readonly packs: { readonly kept: number; readonly removed: number; readonly rewritten: number };
  /** What could not be removed, as sentences; the next prune tries again. */
  readonly problems: readonly string[];
}

export interface MirrorRow {
  readonly action: 'copy' | 'link' | 'make' | 'update' | 'delete';
  /** Relative; for a dated copy that goes, its name. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly isNew: boolean;
}

/** What a mirror would do. Nothing has been written; the plan waits in the worker. */
export interface MirrorPreview {
  readonly planId: number;
  readonly source: string;
  readonly destination: string;
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
  /** Of the new dated copy. */
  readonly name?: string;
}

/** Files with the same content. */
export interface DuplicateRow {
  /** Of each. */
  readonly size: number;
  /** Absolute. */
  readonly paths: readonly string[];
  /** Bytes that would be free if one of the files were left. */
  readonly wasted: number;
}

/** Commands of the engine worker. */
export interface EngineCommands {
  /** Opens a repository and says what it is. Throws `repository-not-found`, `wrong-password`, … */
  repositoryInfo: { params: { repository: RepositoryRef }; result: RepositoryInfo };
  /** Throws `repository-exists`. */
  createRepository: { params: { repository: RepositoryRef }; result: RepositoryInfo };
  /** Says what is at a location, without opening or changing anything. `folders`: what is backed up. */
  probeLocation: { params: { location: string; folders: readonly string[] }; result: ProbeReport };
  /** Writes the page that says how to get everything back. Throws `refused` if the file exists. */
  saveRecoveryKit: { params: { repository: RepositoryRef; file: string }; result: void };
  /** Throws `target-unavailable` if the folder is not there. */
  folderTargetInfo: { params: { folder: string }; result: FolderTargetInfo };

  /** `structure`: all is there and in order; else the data are read, a tenth of them at random, or all. */
  verify: {
    params: { repository: RepositoryRef; read: 'structure' | 'tenth' | 'all' };
    result: VerifyReport;
  };
  /** Reads all mirrors and dated copies in a folder. Throws `file-not-found` if there are none. */
  verifyFolder: { params: { folder: string }; result: MirrorVerification & { readonly truncated: boolean } };
  /** What a policy, as in the setting `cairn.retention.policy`, keeps and why, and what it would remove. */
  planForget: {
    params: { repository: RepositoryRef; policy: PolicyWords };
    result: { readonly groups: readonly ForgetGroupRow[]; readonly unreadable: readonly string[] };
  };
  /** With `dryRun`, only says what it would do. Needs the repository for itself: throws `locked`. */
  prune: { params: { repository: RepositoryRef; dryRun: boolean }; result: PruneReport };

  /** Plans to make a folder equal to another one, or a new dated copy in it. */
  planMirror: {
    params: { source: SourceRef; destination: string; dated?: { readonly keep?: number } };
    result: MirrorPreview;
  };
  /** Uses the plan up. Throws `refused` if it is gone, or needs `force` and does not get it. */
  executeMirror: { params: { planId: number; force: boolean }; result: MirrorReport };
  dropMirrorPlan: { params: { planId: number }; result: void };
  /** The largest waste first, at most `limit` sets. */
  findDuplicates: {
    params: { folders: readonly string[]; rules: SourceRules; limit: number };
    result: {
      readonly sets: readonly DuplicateRow[];
      readonly totalSets: number;
      readonly files: number;
      readonly duplicateFiles: number;
      readonly wastedBytes: number;
      readonly unreadable: number;
    };
  };

  /** Notes paths that may have changed below a folder; absent: anything may have. */
  noteChanges: { params: { folder: string; paths?: readonly string[] }; result: void };
  /**
   * What differs between the newest snapshot of the folder and the disk. `journal` compares only what was
   * noted since the last full comparison or backup, and gives all that is known to differ.
   */
  workspaceChanges: {
    params: { repository: RepositoryRef; source: SourceRef; scan: 'full' | 'journal'; limit: number };
    /** Without a snapshot: nothing was backed up yet. */
    result: ChangeList & { readonly snapshot?: SnapshotRow };
  };
  backup: { params: BackupRequest; result: BackupReport };

  /** Newest first. `folder`: only those of this workspace folder, under its earlier paths too. */
  listSnapshots: {
    params: {
      repository: RepositoryRef;
      folder?: string;
      limit: number;
      offset?: number;
      /** `other`: what another program made. */
      triggers?: readonly (Trigger | 'other')[];
      /** Part of label, tag, host or path; letters of either case. */
      text?: string;
    };
    result: { readonly rows: readonly SnapshotRow[]; readonly total: number };
  };
  tagSnapshots: {
    params: {
      repository: RepositoryRef;
      ids: readonly string[];
      keep?: boolean;
      /** Empty removes it. */
      label?: string;
    };
    result: { readonly rows: readonly SnapshotRow[] };
  };
  /** Throws `refused` for one that is kept. */
  deleteSnapshots: { params: { repository: RepositoryRef; ids: readonly string[] }; result: void };

  /** What a snapshot changed, or how two differ. Without `before`: against the one before it. */
  snapshotChanges: {
    params: { repository: RepositoryRef; snapshot: string; before?: string; limit: number };
    /** `before`: with which it was compared; absent if there is none, so that all is new. */
    result: ChangeList & { readonly before?: SnapshotRow };
  };
  /** How the disk differs from a snapshot. */
  diskChanges: {
    params: {
      repository: RepositoryRef;
      snapshot: string;
      source: SourceRef;
      paths?: readonly string[];
      limit: number;
    };
    result: ChangeList;
  };
  /** The entries of a folder of a snapshot; `path` as on the disk, empty for the snapshot's own paths. */
  listFolder: {
    params: { repository: RepositoryRef; snapshot: string; path: string };
    result: readonly EntryRow[];
  };
  /** Throws `path-not-in-snapshot`. */
  statEntry: { params: { repository: RepositoryRef; snapshot: string; path: string }; result: EntryRow };
  /** Throws `refused` for a file of more than `maxBytes`. */
  readFile: {
    params: { repository: RepositoryRef; snapshot: string; path: string; maxBytes: number };
    result: Uint8Array;
  };
  fileHistory: {
    params: { repository: RepositoryRef; path: string; folder: string };
    /** Newest first. */
    result: readonly VersionRow[];
  };

  /**
   * Forgets automatic snapshots of a folder that the policy does not keep: none that a person made, labelled or
   * keeps. Forgets none if others work with the repository. Throws `usage` for a policy that is none.
   */
  applyRetention: {
    params: { repository: RepositoryRef; folder: string; policy: PolicyWords };
    result: { readonly removed: readonly string[] };
  };
  /** Prunes if much is unused or in small pieces, and nobody else works with the repository. */
  maintain: {
    params: { repository: RepositoryRef };
    result: { readonly isPruned: boolean; readonly bytesFreed: number };
  };

  planRestore: { params: RestoreRequest; result: RestorePreview };
  /**
   * Uses the plan up. Throws `refused` if it is gone, or if files that it overwrites or deletes were changed since
   * it was made; their number is the detail `changed`.
   */
  executeRestore: { params: { planId: number }; result: RestoreReport };
  dropPlan: { params: { planId: number }; result: void };
}

export type EngineCommandName = keyof EngineCommands;

/** What a person waits for besides the result. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** The functions of the worker, as the RPC library has them. */
export interface WorkerFunctions {
  call(id: number, command: EngineCommandName, params: unknown): Promise<CallOutcome>;
  cancel(id: number): void;
  /** Gives locks back and ends the threads. */
  close(): Promise<void>;
}

/** Errors travel as data, since structured clone would drop their codes. */
export type CallOutcome = { readonly result: unknown } | { readonly error: ErrorData };

/** The functions of the worker's user. */
export interface ClientFunctions {
  progress(id: number, event: ProgressEvent): void;
}

/** What the worker is started with. */
export interface EngineThreadData {
  /** The bundle of `codecThread.ts`. */
  readonly codecFile: string;
  /** Codec threads for large jobs. */
  readonly codecThreads: number;
  /** The engine threads before this one, all ended: what they held is left behind. */
  readonly endedThreads: readonly number[];
}
