import type { DiskPath } from '../../base/pathKinds.ts';
import type { Actor } from '../../engine/index.ts';
import type { RepositoryRef, SourceRef } from './refs.ts';
import type { SnapshotRow, Trigger } from './snapshots.ts';

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
  /** The work tree of the commit, on the way from the folder; absent if it is the folder, or lies above it. */
  readonly commitIn?: string;
  /**
   * Who changed what was noted. Where more than that is looked at, nobody knows who changed what is found, unless it
   * is the commit that the snapshot is made for.
   */
  readonly actor?: Actor;
  /** Make a snapshot even when nothing changed. */
  readonly evenIfUnchanged?: boolean;
  /** After a look at everything, back up the linked work trees of git that belong to the folder, too. Nobody waits for that. */
  readonly worktrees?: boolean;
  /** Make the default repository if it is not there; a `manual` one does so anyway. */
  readonly mayCreate?: boolean;
  readonly programVersion: string;
}

export interface BackupReport {
  /** Absent if nothing changed. */
  readonly snapshot?: SnapshotRow;
  /** This backup made the default repository. */
  readonly createdRepository?: { readonly location: DiskPath; readonly passwordFile: DiskPath };
  /** The guard from which this backup brought the default repository back, which was gone. */
  readonly recoveredFrom?: DiskPath;
  /** Why the guard of the repository is not complete, if that came out lately. */
  readonly guardTrouble?: string;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnchanged: number;
  readonly bytesAdded: number;
  readonly bytesRead: number;
  readonly milliseconds: number;
  /** Whether every file was looked at. */
  readonly scan: 'full' | 'journal';
  readonly problems: readonly { readonly path: DiskPath; readonly message: string }[];
  /** How many packs of the repository were found to be missing or cut short. */
  readonly gonePacks?: number;
}
