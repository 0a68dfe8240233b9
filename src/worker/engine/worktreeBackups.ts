import {
  backupWorktrees,
  buildSnapshotTags,
  currentOwner,
  dataFolder,
  readSources,
  worktreesOf,
} from '../../engine/index.ts';
import type { BackupRequest } from '../engineProtocol/backup.ts';
import type { Engine } from './engine.ts';
import { ignoreOptions } from './ignoreOptions.ts';
import { withWorkspaceLock, workspaceOf } from './workspaces.ts';

/**
 * Backs up the linked work trees of git that belong to a folder. They may be large or on slow disks, so nobody waits for them.
 * What was stored when it is interrupted, the next one need not store again.
 */
export async function backUpWorktrees(engine: Engine, request: BackupRequest, signal: AbortSignal): Promise<void> {
  const { repository: ref, source, programVersion } = request;
  const { config } = await engine.open(ref);
  const rules = ignoreOptions(source.rules, ref);
  const own = { repository: config.id, targets: [source.folder], workingFolder: '/', rules };
  for (const worktree of worktreesOf(readSources(dataFolder()), own)) {
    const identity = await workspaceOf(worktree.workingFolder);
    const tags = buildSnapshotTags({ trigger: 'schedule', workspace: identity.id, actor: { kind: 'unknown' } });
    await withWorkspaceLock(identity, { longestWait: 0, signal }, () =>
      engine.withSession(ref, { lock: 'shared', signal }, (session) =>
        backupWorktrees(session, engine.openSaveCodecs, [worktree], {
          tags,
          hostname: currentOwner().hostname,
          programVersion,
          excludes: rules.excludeGlobs ?? [],
          dataFolder: dataFolder(),
          signal,
        }),
      ),
    );
  }
}
