import { isAbsolute } from 'node:path';
import { errorCode } from '../base/errors.ts';
import {
  findPlace,
  findSnapshot,
  parseSnapshotPath,
  resolvePath,
  type PlaceInSnapshot,
  type Session,
  type SnapshotFilter,
  type StoredSnapshot,
} from '../engine/index.ts';

/**
 * The place that `SNAPSHOT:PATH` names, for a person at `workingFolder`; `filter` is for `latest`.
 * Throws `snapshot-not-found`, `ambiguous-id`, `path-not-in-snapshot`.
 */
export async function locate(
  session: Session,
  text: string,
  filter: SnapshotFilter,
  workingFolder: string,
): Promise<PlaceInSnapshot> {
  const { snapshot, path } = parseSnapshotPath(text);
  const stored = await findSnapshot(session.repository, snapshot, filter);
  return locatePath(session, stored, path, workingFolder);
}

/**
 * The place of a path in a snapshot. A relative path means what it would mean to other commands at
 * `workingFolder`, and if the snapshot has no such thing, a place in the snapshot.
 */
export async function locatePath(
  session: Session,
  stored: StoredSnapshot,
  path: string,
  workingFolder: string,
): Promise<PlaceInSnapshot> {
  if (path !== '' && !isAbsolute(path)) {
    try {
      return await findPlace(session.reader, stored, resolvePath(path, workingFolder));
    } catch (error) {
      if (errorCode(error) !== 'path-not-in-snapshot') throw error;
    }
  }
  return findPlace(session.reader, stored, path);
}
