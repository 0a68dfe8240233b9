/**
 * What passes between the engine worker and whoever uses it: one map of commands, each with what goes
 * in and what comes out. Only plain data and buffers cross. Paths on the disk and in snapshots are as
 * in `base/rawName.ts`; times are RFC 3339 text; sizes are bytes.
 *
 * A command that takes long reports a {@link ProgressEvent} now and then, and each can be cancelled. One with a `part`
 * hands its result out in parts, as it finds them. What fails comes back as a `CairnError` with its code.
 */
import type { ErrorData } from '../base/errors.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import type { ProgressEvent } from '../base/progress.ts';
import type { StorageAccess } from '../base/storageAccess.ts';
import type { MirrorVerification, StorageNames } from '../engine/index.ts';
import type { BackupReport, BackupRequest } from './engineProtocol/backup.ts';
import type {
  CopyReport,
  ReplicaComparison,
  ReplicaPair,
  ReplicateReport,
  ReplicateRequest,
  SnapshotsAfter,
} from './engineProtocol/copies.ts';
import type { MirrorPreview, MirrorReport } from './engineProtocol/mirror.ts';
import type { DeletedRow, FoundRow, SearchRequest } from './engineProtocol/past.ts';
import type { RepositoryRef, SourceRef, SourceRules } from './engineProtocol/refs.ts';
import type { RestorePreview, RestoreReport, RestoreRequest } from './engineProtocol/restore.ts';
import type {
  Baseline,
  ChangeList,
  EntryRow,
  PastFileRow,
  RowActor,
  SnapshotRow,
  Trigger,
  VersionRow,
} from './engineProtocol/snapshots.ts';
import type { StandingReport, StandingRequest } from './engineProtocol/standing.ts';
import type { FolderTargetInfo, PolicyWords, ProbeReport, RepositoryInfo } from './engineProtocol/targets.ts';
import type { DuplicateRow, ForgetGroupRow, PruneReport, PruneRequest, VerifyReport } from './engineProtocol/upkeep.ts';

/** Commands of the engine worker. */
export interface EngineCommands {
  /** Opens a repository and says what it is. Throws `repository-not-found`, `wrong-password`, … */
  repositoryInfo: { params: { repository: RepositoryRef }; result: RepositoryInfo };
  /** Throws `repository-exists`. */
  createRepository: { params: { repository: RepositoryRef }; result: RepositoryInfo };
  /** Says what is at a location, without opening or changing anything. `folders`: what is backed up. */
  probeLocation: {
    params: { location: string; access?: StorageAccess; folders: readonly DiskPath[] };
    result: ProbeReport;
  };
  /** Names of this machine that a location may begin with. */
  storageNames: { params: { of: 'ssh' | 'rclone'; access: StorageAccess }; result: StorageNames };
  /** Writes the page that says how to get everything back. Throws `refused` if the file exists. */
  saveRecoveryKit: { params: { repository: RepositoryRef; file: DiskPath }; result: void };
  /** Throws `target-unavailable` if the folder is not there. */
  folderTargetInfo: { params: { folder: DiskPath }; result: FolderTargetInfo };
  /** How many copies there are, and whether they are as they should be. Throws `storage-error`. */
  standing: { params: StandingRequest; result: StandingReport };

  /** `structure`: all is there and in order; else the data are read, a tenth of them at random, or all. */
  verify: {
    params: { repository: RepositoryRef; read: 'structure' | 'tenth' | 'all' };
    result: VerifyReport;
  };
  /** Reads all mirrors and dated copies in a folder. Throws `file-not-found` if there are none. */
  verifyFolder: { params: { folder: DiskPath }; result: MirrorVerification & { readonly truncated: boolean } };
  /** What a policy, as in the setting `cairn.retention.policy`, keeps and why, and what it would remove. */
  planForget: {
    params: { repository: RepositoryRef; policy: PolicyWords };
    result: { readonly groups: readonly ForgetGroupRow[]; readonly unreadable: readonly string[] };
  };
  /** With `dryRun`, only says what it would do. Needs the repository for itself: throws `locked`. */
  prune: { params: PruneRequest; result: PruneReport };
  /** Frees at once what the guard of a repository keeps of all that was removed. The result is bytes. */
  releaseGuard: { params: { repository: RepositoryRef }; result: number };

  /** Plans to make a folder equal to another one, or a new dated copy in it. */
  planMirror: {
    /** `mayRename`: nobody has chosen the destination's name; if it is another folder's copy, a number is added. */
    params: { source: SourceRef; destination: DiskPath; mayRename?: boolean; dated?: { readonly keep?: number } };
    result: MirrorPreview;
  };
  /** Uses the plan up. Throws `refused` if it is gone, or needs `force` and does not get it. */
  executeMirror: { params: { planId: number; force: boolean }; result: MirrorReport };
  dropMirrorPlan: { params: { planId: number }; result: void };
  /** The largest waste first, at most `limit` sets. */
  findDuplicates: {
    params: { folders: readonly DiskPath[]; rules: SourceRules; limit: number };
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
  noteChanges: { params: { folder: DiskPath; paths?: readonly DiskPath[] }; result: void };
  /**
   * What differs between the newest snapshot of the folder, or that of `baseline`, and the disk. `journal` compares only
   * what was noted since the last full comparison or backup, and gives all that is known to differ.
   */
  workspaceChanges: {
    params: {
      repository: RepositoryRef;
      source: SourceRef;
      scan: 'full' | 'journal';
      limit: number;
      baseline?: Baseline;
    };
    /**
     * Without a snapshot: nothing was backed up yet. A folder that is gone lacks all that the snapshot has. Where there is
     * no such baseline, the newest snapshot takes its place.
     */
    result: ChangeList & {
      readonly snapshot?: SnapshotRow;
      readonly isFolderGone?: true;
      readonly isBaselineMissing?: true;
    };
  };
  backup: { params: BackupRequest; result: BackupReport };

  /** Newest first. `folder`: only those of this workspace folder, under its earlier paths too. */
  listSnapshots: {
    params: {
      repository: RepositoryRef;
      folder?: DiskPath;
      limit: number;
      offset?: number;
      /** `other`: what another program made. */
      triggers?: readonly (Trigger | 'other')[];
      /** Only what one of these changed; of whom nothing is said, it is unknown who it was. */
      actors?: readonly Pick<RowActor, 'kind' | 'name'>[];
      /** Part of label, tag, host or path, or of the path of a file that it changed; letters of either case. */
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
      paths?: readonly DiskPath[];
      limit: number;
    };
    result: ChangeList;
  };
  /** The entries of a folder of a snapshot; `path` as on the disk, empty for the snapshot's own paths. */
  listFolder: {
    params: { repository: RepositoryRef; snapshot: string; path: DiskPath };
    result: readonly EntryRow[];
  };
  /** Throws `path-not-in-snapshot`. */
  statEntry: { params: { repository: RepositoryRef; snapshot: string; path: DiskPath }; result: EntryRow };
  /** Throws `refused` for a file of more than `maxBytes`. */
  readFile: {
    params: { repository: RepositoryRef; snapshot: string; path: DiskPath; maxBytes: number };
    result: Uint8Array;
  };
  fileHistory: {
    params: { repository: RepositoryRef; path: DiskPath; folder: DiskPath };
    /** Newest first. */
    result: readonly VersionRow[];
  };
  /** Files that snapshots of the folder have or had, by what a person typed of their names; the likeliest first. */
  findPastFiles: {
    params: { repository: RepositoryRef; folder: DiskPath; text: string; limit: number };
    result: { readonly rows: readonly PastFileRow[]; readonly total: number };
  };

  /**
   * What once was in a workspace folder and is on the disk no more, the latest to go first; what was renamed is left
   * out. Linked work trees of the folder that are gone come before all. `text`: only paths below the folder that have all its words, in letters of either case.
   */
  deletedFiles: {
    params: { repository: RepositoryRef; folder: DiskPath; limit: number; text?: string };
    part: readonly DeletedRow[];
    result: { readonly truncated: boolean; readonly problems: readonly string[] };
  };
  /** Versions of files that match, newest first. Throws `usage` for a pattern, `refused` for one that takes too long. */
  searchContent: {
    params: SearchRequest;
    part: readonly FoundRow[];
    result: { readonly truncated: boolean; readonly problems: readonly string[] };
  };

  /**
   * Forgets automatic snapshots of a folder that the policy does not keep: none that a person made, labelled or
   * keeps. Forgets none if others work with the repository. Throws `usage` for a policy that is none.
   */
  applyRetention: {
    params: { repository: RepositoryRef; folder: DiskPath; policy: PolicyWords };
    result: { readonly removed: readonly string[] };
  };
  /** Prunes if much is unused or in small pieces, and nobody else works with the repository. */
  maintain: {
    params: { repository: RepositoryRef };
    result: { readonly isPruned: boolean; readonly bytesFreed: number };
  };

  /**
   * Brings a replica up to date. Throws `refused` for a place that holds anything else, `locked`, and what says that it
   * is away, within a minute where it does not answer at all.
   */
  replicate: { params: ReplicateRequest; result: ReplicateReport };
  /** By names and sizes; with `readData` every byte of the replica is read, too. */
  compareReplica: { params: ReplicaPair & { readData: boolean }; result: ReplicaComparison };
  /** The snapshots made after a time, RFC 3339; all, without one. */
  snapshotsAfter: { params: { repository: RepositoryRef; after?: string }; result: SnapshotsAfter };
  /** Into another repository, with keys of its own. Throws `refused` if that is the same one, or a replica. */
  copySnapshots: { params: { from: RepositoryRef; to: RepositoryRef; ids: readonly string[] }; result: CopyReport };

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

/** What a command hands out before its end. */
export type PartOf<K extends EngineCommandName> = EngineCommands[K] extends { part: infer Part } ? Part : never;

/** How a command is called whose result comes in parts. */
export interface CallOptionsOf<K extends EngineCommandName> extends CallOptions {
  /** Hears each part, in their order, before the call ends. */
  readonly onPart?: (part: PartOf<K>) => void;
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
  part(id: number, part: unknown): void;
}

/** What the worker is started with. */
export interface EngineThreadData {
  /** The bundle of `codecThread.ts`. */
  readonly codecFile: string;
  /** Codec threads for large jobs. */
  readonly codecThreads: number;
  /** The engine threads before this one, all ended: what they held is left behind. */
  readonly endedThreads: readonly number[];
  /** Other programs of this user that call themselves so can have snapshots made by this engine; nobody can, without it. */
  readonly listenAs?: string;
}
