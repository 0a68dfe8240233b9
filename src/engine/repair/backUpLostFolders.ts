import type { ProgressListener } from '../../base/progress.ts';
import type { SnapshotId } from '../../repository/format/ids.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import { backup } from '../backup/backup.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { currentOwner, type Session } from '../session.ts';
import type { Examination } from '../verify/examine.ts';
import { exists } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';

/** How to back up paths of which lists of folders are lost. */
export interface FreshBackup {
  /** Those by which the lost snapshots were made: other rules make other lists. */
  readonly rules: IgnoreOptions;
  readonly tags: readonly string[];
  /** Recorded in the snapshot. */
  readonly programVersion: string;
}

export interface BackUpLostFoldersOptions {
  readonly freshBackup?: FreshBackup;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/**
 * Makes a snapshot of each set of paths of this machine of which a snapshot has lost a list of a folder:
 * where a folder has not changed, that stores the same list again. Returns the snapshots.
 */
export async function backUpLostFolders(
  session: Session,
  openCodecs: OpenCodecs,
  { affected, snapshots }: Examination,
  { freshBackup, signal, onProgress }: BackUpLostFoldersOptions,
): Promise<SnapshotId[]> {
  if (!freshBackup) return [];
  const lost = new Set(affected.filter((path) => path.type === 'folder').flatMap((path) => path.snapshots));
  const here = currentOwner().hostname;
  const targetLists = new Map<string, readonly string[]>();
  for (const { id, snapshot } of snapshots) {
    if (!lost.has(id) || (snapshot.hostname ?? here) !== here) continue;
    const targets = snapshot.paths.filter((path) => exists(toFsPath(path)));
    if (targets.length > 0) targetLists.set([...targets].sort().join('\0'), targets);
  }
  const made: SnapshotId[] = [];
  for (const targets of targetLists.values()) {
    const { snapshotId } = await backup(session, openCodecs, {
      targets,
      workingFolder: '/',
      ...freshBackup,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    if (snapshotId) made.push(snapshotId);
  }
  return made;
}
