import type { DiskPath } from '../../../base/pathKinds.ts';
import type { SnapshotSummary } from '../../../repository/format/snapshot.ts';
import { isMassDeletion } from '../massDeletion.ts';
import type { ChangeTally } from './changeTally.ts';

/** What more is known of the changes. */
interface ChangesSince {
  /** The summary of the snapshot before, if that has one. */
  readonly before: SnapshotSummary | undefined;
  /** All files were looked at. */
  readonly isComplete: boolean;
  /** How many of these files, which are gone, git took away, and can bring back. Asked only where it makes a difference. */
  readonly countTakenByGit: (paths: readonly DiskPath[]) => number;
}

/** A summary with what an alarm depends on (`findAlarm`). */
export function judgeChanges(
  summary: SnapshotSummary,
  { routine, removed, removedPaths, scrambled }: ChangeTally,
  { before, isComplete, countTakenByGit }: ChangesSince,
): SnapshotSummary {
  const totalBefore = before?.routineFiles?.total ?? 0;
  const total = isComplete ? routine.total : Math.max(0, totalBefore + routine.new - routine.removed);
  const known = withRoutine({ ...summary, ...(scrambled > 0 && { scrambledFiles: scrambled }) }, { ...routine, total });
  if (!isMassDeletion(known)) return known;
  const taken = countTakenByGit(removedPaths);
  // Of very many, only the first are asked for.
  const byGit = taken > 0 ? Math.round((taken * removed) / removedPaths.length) : 0;
  return withRoutine(known, { ...routine, total, removed: routine.removed + byGit });
}

function withRoutine(
  summary: SnapshotSummary,
  routineFiles: NonNullable<SnapshotSummary['routineFiles']>,
): SnapshotSummary {
  return Object.values(routineFiles).some((count) => count > 0) ? { ...summary, routineFiles } : summary;
}
