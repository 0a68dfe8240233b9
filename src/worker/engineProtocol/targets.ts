import type { DiskPath } from '../../base/pathKinds.ts';
import type { ProbedLocation } from '../../engine/index.ts';
import type { SnapshotRow } from './snapshots.ts';

/** What is known of a target without reading all of it. */
export interface RepositoryInfo {
  /** For people. */
  readonly location: string;
  /** Absolute path of its folder, if it is one. */
  readonly folder?: DiskPath;
  readonly id: string;
  readonly version: number;
  readonly snapshots: number;
  readonly lastSnapshot?: SnapshotRow;
  /** Of the packs. */
  readonly bytes: number;
}

/** A retention policy in the words of `restic forget`: `keep-last`, `keep-within-daily`, … */
export type PolicyWords = Readonly<Record<string, string | number>>;

/** What is at a place that a person names as a target. */
export interface ProbeReport extends ProbedLocation {
  /** The first of the folders asked about in which the place lies. */
  readonly insideOf?: DiskPath;
  /** It lies on the disk of one of the folders asked about. */
  readonly onSameDisk: boolean;
}

/** What is known of a plain folder target without reading its files. Times are RFC 3339. */
export interface FolderTargetInfo {
  /** Absolute. */
  readonly folder: DiskPath;
  /** Mirrors, or dated copies, in it. */
  readonly copies: number;
  /** When the newest was made. */
  readonly newest?: string;
  /** The newest run was cut off, or is under way. */
  readonly isCutOff: boolean;
}
