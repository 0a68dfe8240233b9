import { hasPlace } from '../../base/samePlace.ts';
import { parseTime } from '../../repository/format/time.ts';
import { findSnapshot, listSnapshots, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { GroupBy } from '../forget/groupSnapshots.ts';
import type { Session } from '../session.ts';
import type { BackupOptions } from './backupOptions.ts';

/** What of a backup is held against snapshots. */
interface ParentFacts {
  readonly hostname: string;
  readonly paths: readonly string[];
  readonly tags?: readonly string[] | undefined;
}

/**
 * The snapshot that a backup compares with: the one that is named, or that restic would choose. Nothing where it shall
 * compare with none, or there is none.
 * @param start when the backup began, nanoseconds since the epoch.
 */
export async function chooseParent(
  { repository }: Pick<Session, 'repository'>,
  { parent, time, groupBy }: Pick<BackupOptions, 'parent' | 'time' | 'groupBy'>,
  facts: ParentFacts,
  start: bigint,
): Promise<StoredSnapshot | undefined> {
  if (parent === 'none') return undefined;
  if (parent !== undefined) return findSnapshot(repository, parent);
  const snapshots = await listSnapshots(repository, { onDamaged: () => {} });
  return findParent(snapshots, facts, time ?? start, groupBy);
}

/**
 * The snapshot that restic chooses (format notes 11): the newest of
 * the same host that has all of the backup's paths and is not from the future; or what it is grouped by.
 * @param snapshots oldest first.
 * @param before nanoseconds since the epoch.
 */
function findParent(
  snapshots: readonly StoredSnapshot[],
  { hostname, paths, tags = [] }: ParentFacts,
  before: bigint,
  groupBy: GroupBy = { host: true, paths: true },
): StoredSnapshot | undefined {
  return snapshots.findLast(
    ({ snapshot }) =>
      (!groupBy.host || snapshot.hostname === hostname) &&
      (!groupBy.paths || paths.every((path) => hasPlace(snapshot.paths, path))) &&
      (!groupBy.tags || tags.every((tag) => snapshot.tags?.includes(tag))) &&
      parseTime(snapshot.time) <= before,
  );
}
