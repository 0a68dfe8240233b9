import type { ProgressListener } from '../../base/progress.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import type { Change } from '../diff/change.ts';
import { diffWithDisk, type CompareProblem } from '../diff/diffWithDisk.ts';
import type { Session } from '../session.ts';

export interface VerifyAgainstDiskOptions {
  /** Absolute paths in the snapshot's paths; these unless stated. */
  readonly paths?: readonly string[];
  /** What is left out on both sides. */
  readonly rules: IgnoreOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  readonly onDifference?: (difference: DiskDifference) => void;
}

/**
 * How the disk differs from the snapshot. MISSING: not on the disk; DIFFERENT: other content; EXTRA: not
 * in the snapshot.
 */
export interface DiskDifference {
  readonly path: string;
  readonly kind: 'MISSING' | 'DIFFERENT' | 'EXTRA';
  /** Size and times are the same all the same: bit rot on the disk, or times that were set back. */
  readonly suspect?: true;
}

export interface VerifyAgainstDiskResult {
  /** Entries that are on the disk as in the snapshot; folders not counted. */
  readonly equal: number;
  readonly missing: number;
  readonly different: number;
  readonly extra: number;
  readonly bytesRead: number;
  /** Of these it stays unknown. */
  readonly problems: readonly CompareProblem[];
}

/** Compares a snapshot with the files on the disk, whose content is read, whatever size and times say. */
export async function verifyAgainstDisk(
  session: Session,
  stored: StoredSnapshot,
  options: VerifyAgainstDiskOptions,
): Promise<VerifyAgainstDiskResult> {
  const count = { MISSING: 0, DIFFERENT: 0, EXTRA: 0 };
  const { paths, rules, signal, onProgress, onDifference } = options;
  const result = await diffWithDisk(session, stored, {
    rules,
    forceHash: true,
    ...(paths && { paths }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    onChange: (change) => {
      const kind = differenceOf(change);
      count[kind]++;
      onDifference?.({ path: change.path, kind, ...(change.suspect && { suspect: true }) });
    },
  });
  return {
    equal: result.unchanged,
    missing: count.MISSING,
    different: count.DIFFERENT,
    extra: count.EXTRA,
    bytesRead: result.bytesRead,
    problems: result.problems,
  };
}

function differenceOf({ kind }: Change): DiskDifference['kind'] {
  return kind === 'removed' ? 'MISSING' : kind === 'added' ? 'EXTRA' : 'DIFFERENT';
}
