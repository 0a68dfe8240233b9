import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import type { SkippedEntry } from './findings.ts';
import type { TargetNode } from './targetTree.ts';

/** What is walked, and by which rules. Plain data. */
export interface WalkPlan {
  readonly tree: TargetNode;
  readonly rules: IgnoreOptions;
  /** Nanoseconds since the epoch: the walk begins later. */
  readonly start: bigint;
}

/** Folders and what is in them. Plain data. */
export interface WalkBatch {
  /** The paths of the folders; empty for the top of the tree. */
  readonly folders: readonly string[];
  /** How many entries each of them has; -1 if it cannot be listed. */
  readonly counts: readonly number[];
  /** The names of all entries, between slashes. */
  readonly names: string;
  /** See `entryStats.ts`. */
  readonly stats: BigInt64Array<ArrayBuffer>;
  /** For each entry a line: the text of its node up to the content, or nothing. */
  readonly metadata: string;
  readonly problems: readonly { readonly path: string; readonly code: string }[];
  readonly skipped: readonly SkippedEntry[];
  /** Patterns that fit something for the first time. */
  readonly matched: readonly string[];
}

/** A walk under way elsewhere. */
export interface RunningWalk {
  readonly plan: WalkPlan;
  /** Waits for the next batch. Throws what the walk failed with. */
  next(): Promise<WalkBatch>;
  /** Nothing more of it is wanted. */
  stop(): void;
}
