import type { Leftover } from '../../backend/backend.ts';
import type { IndexId, PackId, SnapshotId } from '../../repository/format/ids.ts';

/** How much content that no snapshot needs may stay: bytes, a share of all that stays, or any amount. */
export type MaxUnused = number | `${number}%` | 'unlimited';

/** A number of blobs, and their bytes in packs. */
export interface Amount {
  readonly blobs: number;
  readonly bytes: number;
}

/** A pack file. */
export interface PackSize {
  readonly id: PackId;
  /** Bytes. */
  readonly size: number;
}

/** What a prune finds and would do. Headers of packs count as used. */
export interface PruneStats {
  readonly used: Amount;
  /** Further copies of used blobs. */
  readonly duplicate: Amount;
  readonly unused: Amount;
  /** Bytes of packs that no index file lists. */
  readonly unreferencedBytes: number;
  /** What goes with packs in which nothing is used. */
  readonly removed: Amount;
  /** What is read from packs that are rewritten, and what of it is not written again. */
  readonly repacked: Amount;
  readonly droppedByRepack: Amount;
  /** What is left over, and how many bytes of it stay unused since they are not worth rewriting. */
  readonly remaining: Amount;
  readonly remainingUnusedBytes: number;
  /** Parts of files whose writers were cut off. */
  readonly leftovers: { readonly files: number; readonly bytes: number };
  /** Packs that were stored lately, and their bytes that nobody needs: they stay for now. */
  readonly waiting: { readonly packs: number; readonly bytes: number };
  /** Bytes that are given back in all. */
  readonly freedBytes: number;
  readonly packs: {
    readonly kept: number;
    readonly removed: number;
    readonly repacked: number;
    readonly unreferenced: number;
  };
}

/** What a prune would do. Plain data; belongs to the session in which it was made. */
export interface PrunePlan {
  /** The files from which the plan follows; where others are found, it does not hold any more. */
  readonly basis: { readonly snapshots: readonly SnapshotId[]; readonly indexFiles: readonly IndexId[] };
  /** Snapshots that are as good as gone. */
  readonly ignoredSnapshots: readonly SnapshotId[];
  /** By number of the entry in the session's index: 1 for a blob that a snapshot needs. */
  readonly needed: Uint8Array;
  /** Packs that no index file lists: left by an interrupted backup or prune. */
  readonly unreferenced: readonly PackSize[];
  /** Parts of files whose writers were cut off. */
  readonly leftovers: readonly Leftover[];
  /** Packs without a needed blob. */
  readonly remove: readonly PackSize[];
  /** Packs without a needed blob whose files are gone already. */
  readonly gone: readonly PackId[];
  /** Packs of which the needed blobs are copied into new packs. */
  readonly repack: readonly PackSize[];
  readonly stats: PruneStats;
}

/** True if there is nothing to remove or to rewrite. */
export function isEmptyPlan(plan: PrunePlan): boolean {
  return [plan.unreferenced, plan.leftovers, plan.remove, plan.gone, plan.repack].every((files) => files.length === 0);
}
