import type { FileHandle } from '../../backend/backend.ts';
import type { BlobId, BlobType, SnapshotId } from '../../repository/format/ids.ts';

/** What can be wrong with a repository. */
export type FindingKind =
  | 'key-damaged'
  | 'index-damaged'
  | 'index-duplicate'
  | 'pack-missing'
  | 'pack-size'
  | 'pack-damaged'
  | 'pack-unreadable'
  | 'pack-unindexed'
  | 'pack-mixed'
  | 'snapshot-damaged'
  | 'tree-damaged'
  | 'tree-irregular'
  | 'tree-repeats'
  | 'blob-missing'
  | 'leftover';

export interface BlobKey {
  readonly type: BlobType;
  readonly id: BlobId;
}

/** Something that is not as it should be. Plain data. */
export interface Finding {
  /** A hint costs nobody anything: it says what is untidy. */
  readonly severity: 'error' | 'hint';
  readonly kind: FindingKind;
  readonly message: string;
  /** The files of the repository that it is about. */
  readonly files?: readonly FileHandle[];
  /** The blobs that are damaged or missing because of it. */
  readonly blobs?: readonly BlobKey[];
}

/** CORRUPT: the content is there and damaged. MISSING: it is not there at all. */
export type Loss = 'CORRUPT' | 'MISSING';

/** A path of which some snapshots no longer have what was backed up. */
export interface AffectedPath {
  /** As it stands in the tree of the snapshots. */
  readonly path: string;
  /** Of a folder, the list of its content is lost. What it held may be intact, and found by other snapshots only. */
  readonly type: 'file' | 'folder';
  readonly loss: Loss;
  /** Newest first. */
  readonly snapshots: readonly SnapshotId[];
  /** The newest snapshot in which another version of it is intact. */
  readonly intactIn?: SnapshotId;
  /** What is lost. */
  readonly blobs: readonly BlobId[];
}

/** Why something failed, as a part of a sentence. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? cause.message : message;
  return reason.replace(/\.$/, '');
}

/** `1 pack`, `2 packs`. */
export function countOf(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
