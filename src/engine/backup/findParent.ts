import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { parseTime } from '../../repository/format/time.ts';
import { hasPlace } from '../../base/samePlace.ts';

/**
 * The snapshot that a backup compares with, as restic chooses it (format notes 11): the newest of
 * the same host that has all of the backup's paths and is not from the future.
 * @param snapshots oldest first.
 * @param before nanoseconds since the epoch.
 */
export function findParent(
  snapshots: readonly StoredSnapshot[],
  hostname: string,
  paths: readonly string[],
  before: bigint,
): StoredSnapshot | undefined {
  return snapshots.findLast(
    ({ snapshot }) =>
      snapshot.hostname === hostname &&
      paths.every((path) => hasPlace(snapshot.paths, path)) &&
      parseTime(snapshot.time) <= before,
  );
}
