import type { BlobId, SnapshotId } from './ids.ts';

/** Counts of a backup (format notes 6); times as RFC 3339 text, sizes in bytes. */
export interface SnapshotSummary {
  backupStart: string;
  backupEnd: string;
  filesNew: number;
  filesChanged: number;
  filesUnmodified: number;
  dirsNew: number;
  dirsChanged: number;
  dirsUnmodified: number;
  dataBlobs: number;
  treeBlobs: number;
  dataAdded: number;
  dataAddedPacked: number;
  totalFilesProcessed: number;
  totalBytesProcessed: number;
}

/** A snapshot file (format notes 6). */
export interface Snapshot {
  /** RFC 3339 with nanoseconds, in the zone in which it was made. */
  time: string;
  parent?: SnapshotId;
  tree: BlobId;
  paths: readonly string[];
  hostname?: string;
  username?: string;
  uid?: number;
  gid?: number;
  excludes?: readonly string[];
  tags?: readonly string[];
  original?: SnapshotId;
  programVersion?: string;
  summary?: SnapshotSummary;
  /** Fields that this program does not know, kept for a rewrite. */
  unknown?: Readonly<Record<string, unknown>>;
}
