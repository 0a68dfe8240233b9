import type { DiskPath } from '../../base/pathKinds.ts';
import type { SkipReason } from '../../workspace/ignoreRules.ts';

/** Something that the snapshot lacks or may not hold as it was. */
export interface BackupProblem {
  readonly path: DiskPath;
  /** The system's code, or `TORN` for a file that was written to while it was read. */
  readonly code: string;
  readonly message: string;
}

/** Something that the rules left out, or of which only the entry is stored. */
export interface SkippedEntry {
  readonly path: DiskPath;
  readonly reason: SkipReason;
  /** The pattern, or what else was the reason. */
  readonly detail: string;
}
