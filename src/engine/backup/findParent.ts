import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { parseTime } from '../../repository/format/time.ts';
import type { GroupBy } from '../forget/groupSnapshots.ts';
import { hasPlace } from '../../base/samePlace.ts';

/** What of a backup is held against snapshots. */
export interface ParentFacts {
  readonly hostname: string;
  readonly paths: readonly string[];
  readonly tags?: readonly string[] | undefined;
}

/**
 * The snapshot that a backup compares with, as restic chooses it (format notes 11): the newest of
 * the same host that has all of the backup's paths and is not from the future; or what it is grouped by.
 * @param snapshots oldest first.
 * @param before nanoseconds since the epoch.
 */
export function findParent(
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
