import type { StorageSettings } from '../../base/storageAccess.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { SessionOptions } from '../session.ts';
import type { ProgressListener } from '../../base/progress.ts';
import type { Ledger } from '../standing/ledger.ts';
import type { TroubleListener } from '../../base/storageTrouble.ts';
import type { ReplicaProblem } from './copyFiles.ts';
import type { FileCounts } from './replicaFiles.ts';

export interface ReplicateOptions extends Pick<SessionOptions, 'retryLockMs' | 'signal' | 'onLockLeft'> {
  /** Take no lock in the source, which cannot be written to. */
  readonly noLock?: boolean;
  /** What the source has no more is removed so many milliseconds after that was seen first; `Infinity`: never. */
  readonly delay?: number;
  /** Say what would be done. */
  readonly dryRun?: boolean;
  /** Make the replica even where one was known that is gone. */
  readonly init?: boolean;
  /** Where is remembered what waits for removal; the user's data folder unless stated. */
  readonly recordFolder?: DiskPath;
  /** Where is written down how the copies stand, by what opens the place itself; the usual place unless stated. */
  readonly ledger?: Ledger;
  /** The present, in milliseconds since 1970. */
  readonly now?: () => number;
  readonly onProgress?: ProgressListener;
  /** Hears of calls to the storage of the replica that failed and will be made again. */
  readonly onTrouble?: TroubleListener;
}

/** A number of files and their bytes. */
export interface FileTotal {
  readonly files: FileCounts;
  /** Bytes. */
  readonly bytes: number;
}

/**
 * What became of files that only the replica has: `none` are there; all `wait` until they are due; what was due is
 * `done`; the storage `forbidden` it; somebody else has the replica `locked`; a snapshot that stays `needed` packs that
 * were due; or it was `held` back for a reason that stands in `reason`.
 */
export type RemovalState = 'none' | 'wait' | 'done' | 'forbidden' | 'locked' | 'needed' | 'held';

export interface RemovalResult {
  readonly state: RemovalState;
  /** A sentence, where nothing was removed that was due. */
  readonly reason?: string;
  readonly removed: FileTotal;
  /** What stays for now. */
  readonly waiting: FileTotal;
  /** When the first of it is due, in milliseconds since 1970. Absent if nothing waits, or waits for ever. */
  readonly nextDue?: number;
}

export interface ReplicateResult {
  /** No replica was there before. */
  readonly created: boolean;
  /** With `dryRun`: what would be copied. */
  readonly copied: FileTotal;
  /** Those of them that were there with another size. */
  readonly replaced: number;
  /** What is not in the replica as it should be. */
  readonly problems: readonly ReplicaProblem[];
  /** With `dryRun`: what would be removed. */
  readonly removal: RemovalResult;
}

/** The place of a replica, and how to get there. */
export type ReplicaPlace = StorageSettings;
