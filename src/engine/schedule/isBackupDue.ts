import { formatTime, parseTime } from '../../repository/format/time.ts';
import { matchesFilter, type SnapshotFilter, type StoredSnapshot } from '../../repository/snapshots.ts';
import { localZoneOffset, subtractDuration, type CalendarDuration } from '../forget/duration.ts';

/**
 * True if no snapshot that passes the filter is younger than `age` at the instant `now`, nanoseconds
 * since 1970: the question of `backup --if-older-than`. A snapshot from the future, made when the
 * clock was wrong, does not count; it would keep backups away until its time has come.
 */
export function isBackupDue(
  snapshots: readonly StoredSnapshot[],
  filter: SnapshotFilter,
  age: CalendarDuration,
  now: bigint,
): boolean {
  const oldest = subtractDuration(formatTime(now), age, localZoneOffset);
  return !snapshots.some(({ snapshot }) => {
    const time = parseTime(snapshot.time);
    return time > oldest && time <= now && matchesFilter(snapshot, filter);
  });
}
