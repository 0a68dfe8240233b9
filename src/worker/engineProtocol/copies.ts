import type { RepositoryRef } from './refs.ts';

/** A repository and its replica: the same files at another place. The replica is opened by the key of its source. */
export interface ReplicaPair {
  readonly source: RepositoryRef;
  readonly replica: RepositoryRef;
}

export interface ReplicateRequest extends ReplicaPair {
  /** Only look what would be copied: a place that holds anything else is refused. */
  readonly dryRun?: boolean;
  /** Make the replica even where one was known that is gone. */
  readonly init?: boolean;
}

/** What a run came to. Times are RFC 3339. */
export type ReplicateReport =
  /** Another window brings the replica up to date right now. */
  | { readonly state: 'elsewhere' }
  | {
      readonly state: 'done';
      /** No replica was there before. */
      readonly created: boolean;
      readonly files: number;
      readonly bytes: number;
      /** Snapshots of the source when the run began. */
      readonly snapshots: number;
      /** The time of the newest of them. */
      readonly newest?: string;
      /** What is not in the replica as it should be, as sentences. */
      readonly problems: readonly string[];
      /** What went, and what stays for now, of that which the source has no more. */
      readonly removed: number;
      readonly waiting: number;
      /** Why nothing was removed that was due, as a sentence. */
      readonly kept?: string;
    };

/** How two places of one repository differ. */
export interface ReplicaComparison {
  /** As sentences. */
  readonly differences: readonly string[];
  readonly truncated: boolean;
  /** Files that both have. */
  readonly equal: number;
  /** Files that only wait for their removal: no difference. */
  readonly waiting: number;
  readonly filesRead: number;
  readonly bytesRead: number;
}

/** Snapshots that somebody may lack. Times are RFC 3339. */
export interface SnapshotsAfter {
  readonly count: number;
  readonly oldest?: string;
  readonly newest?: string;
}

/** What became of snapshots that were to be copied into another repository. */
export interface CopyReport {
  readonly snapshots: readonly {
    readonly id: string;
    /** `there`: it was copied before. `failed`: something that it needs cannot be read. */
    readonly outcome: 'copied' | 'there' | 'failed';
    /** Why it failed, as a sentence. */
    readonly problem?: string;
  }[];
  /** Bytes of the packs that were stored. */
  readonly bytesWritten: number;
}
