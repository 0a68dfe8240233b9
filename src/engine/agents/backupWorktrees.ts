import { CairnError } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { backup } from '../backup/backup.ts';
import type { BackupOptions, BackupResult } from '../backup/backupOptions.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import type { Session } from '../session.ts';
import { noteSource, type KnownSource } from './knownSources.ts';

/** What became of a linked work tree. */
export type WorktreeOutcome = { readonly path: DiskPath } & (
  { readonly result: BackupResult } | { readonly error: CairnError }
);

/**
 * Backs up linked work trees of git, each into snapshots of its own, where anything changed. What strikes one does not keep
 * the others from it. Throws `aborted`, and what is no `CairnError`.
 */
export async function backupWorktrees(
  session: Session,
  openCodecs: OpenCodecs,
  worktrees: readonly KnownSource[],
  options: Omit<BackupOptions, 'targets' | 'workingFolder' | 'rules'> & { readonly dataFolder: DiskPath },
): Promise<WorktreeOutcome[]> {
  const { dataFolder, ...common } = options;
  const outcomes: WorktreeOutcome[] = [];
  for (const source of worktrees) {
    const { targets, workingFolder, rules } = source;
    const path = workingFolder;
    try {
      const result = await backup(session, openCodecs, {
        ...common,
        targets,
        workingFolder,
        rules,
        skipIfUnchanged: true,
      });
      // A work tree that goes is known by this.
      if (!options.dryRun) noteSource(dataFolder, source);
      outcomes.push({ path, result });
    } catch (error) {
      if (!(error instanceof CairnError) || error.code === 'aborted') throw error;
      outcomes.push({ path, error });
    }
  }
  return outcomes;
}
