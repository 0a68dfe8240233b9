import type { DiskPath } from '../../base/pathKinds.ts';
import type { KnownProof, Standing } from '../../engine/index.ts';

/** Of which copies it is to be said how they stand. */
export interface StandingRequest {
  /** The folders; all that are backed up from this computer, unless there are any. */
  readonly folders: readonly DiskPath[];
  /** The last backup of each is to be no older. Hours. */
  readonly maxAgeHours: number;
  /** Locations of targets, in restic's syntax; absent for the default repository. */
  readonly targets: readonly { readonly id: string; readonly location?: string }[];
}

export interface StandingReport extends Standing {
  /** The last verification of each target that was verified, from here or by the command line. By its id. */
  readonly proofs: Readonly<Record<string, KnownProof>>;
  /** Why not all can be noted, as a sentence. */
  readonly trouble?: string;
}
