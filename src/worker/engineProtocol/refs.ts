import type { StorageAccess } from '../../base/storageAccess.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { IgnoreOptions } from '../../engine/index.ts';

/** How a repository is found and opened. */
export interface RepositoryRef {
  /** In restic's syntax; absent for the default repository of the user, which the first backup makes. */
  readonly location?: string;
  /** How to get there, for storage elsewhere. */
  readonly access?: StorageAccess;
  /** Absent for the default repository, whose password lies beside it. */
  readonly password?: PasswordSource | DefaultPassword;
  /**
   * Whether it is guarded while it is written to, if it lies in a folder, and how long the guard keeps what is gone, in
   * milliseconds. Absent where nobody says: then it stays as it was.
   */
  readonly guard?: { readonly delay: number } | 'off';
}

export type PasswordSource =
  | { readonly from: 'text'; readonly text: string }
  /** White space at both ends is not part of it. */
  | { readonly from: 'file'; readonly path: DiskPath }
  /** Its standard output, as restic takes it. */
  | { readonly from: 'command'; readonly command: string };

/** That of the default repository, as its replicas have it. */
export interface DefaultPassword {
  readonly from: 'default';
}

/** A folder that is backed up, and what of it. Everything that a command needs to know comes with it. */
export interface SourceRef {
  /** Absolute. */
  readonly folder: DiskPath;
  readonly rules: SourceRules;
}

export interface SourceRules {
  readonly exclude: readonly string[];
  readonly alwaysInclude: readonly string[];
  readonly useIgnoreFiles: boolean;
  /** Whether `.git` folders are backed up. */
  readonly gitFolders: boolean;
  /** Folders of targets; never part of a backup. Absolute. */
  readonly never: readonly DiskPath[];
  /** All of it in the engine's own words, as the command line has it, in place of what stands above but `never`. */
  readonly inFull?: IgnoreOptions;
}
