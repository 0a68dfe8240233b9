import type { DiskPath } from '../../base/pathKinds.ts';
import type { MatchingLine, NodeType, SearchPattern } from '../../engine/index.ts';
import type { RepositoryRef } from './refs.ts';
import type { SnapshotRow } from './snapshots.ts';

/** A file, or anything else but a folder, that snapshots of a workspace folder have and the disk has not. */
export interface DeletedRow {
  /** Where it would be today. */
  readonly path: DiskPath;
  readonly type: NodeType;
  /** Files only. */
  readonly size?: number;
  /** The newest snapshot that has it. */
  readonly snapshot: SnapshotRow;
  /** When a snapshot was first without it; absent: none is yet. */
  readonly goneBy?: string;
  /** It is no file, but a linked work tree of git that is gone as a whole, with snapshots of its own. */
  readonly isWorktree?: true;
}

export interface SearchRequest {
  readonly repository: RepositoryRef;
  readonly folder: DiskPath;
  readonly pattern: SearchPattern;
  /** Only what one of these matches, and nothing that one with `!` before it does; as those of `cairn find`. */
  readonly globs: readonly string[];
  /** So many versions at most. */
  readonly limit: number;
}

/** A version of a file that matches. */
export interface FoundRow {
  /** Where it would be today. */
  readonly path: DiskPath;
  /** The newest snapshot that has this version. */
  readonly snapshot: SnapshotRow;
  readonly size: number;
  /** As in the history of the file. */
  readonly contentId: string;
  readonly lines: readonly MatchingLine[];
  /** More lines match. */
  readonly isCut: boolean;
}
