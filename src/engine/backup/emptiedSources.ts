import { errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { isUnreadablePlace } from '../../repository/damage.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import type { Session } from '../session.ts';
import { findPlace } from '../snapshotPath.ts';
import { walkTree } from '../walkTree.ts';
import type { SkippedEntry } from './findings.ts';

/** Which of the sources, that have no file now, had any in the parent snapshot. Those that a pattern left out do not count. */
export async function emptiedSources(
  session: Session,
  parent: StoredSnapshot | undefined,
  empty: readonly DiskPath[],
  leftOut: readonly SkippedEntry[],
): Promise<DiskPath[]> {
  const emptied: DiskPath[] = [];
  for (const path of parent ? empty : []) {
    if (leftOut.every((entry) => entry.path !== path) && (await hadFiles(session, parent!, path))) emptied.push(path);
  }
  return emptied;
}

async function hadFiles({ reader }: Session, parent: StoredSnapshot, path: DiskPath): Promise<boolean> {
  try {
    const { tree } = await findPlace(reader, parent, path);
    return tree !== undefined && (await holdsFile(reader, tree));
  } catch (error) {
    if (errorCode(error) === 'path-not-in-snapshot' || isUnreadablePlace(error)) return false;
    throw error;
  }
}

async function holdsFile(reader: Session['reader'], tree: BlobId): Promise<boolean> {
  for await (const found of walkTree(reader, tree))
    if (found.kind === 'entry' && found.node.type !== 'dir') return true;
  return false;
}
