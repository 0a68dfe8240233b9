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
 * Backups of the linked work trees of git that belong to a folder. They may be large or on slow disks: nobody waits for them,
 * and whatever is to be backed up comes first. What was stored by then, the next one need not store again.
 */
export class WorktreeBackups {
  #current = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** Has what runs end soon. */
  interrupt(): void {
    this.#current.abort();
  }

  /** Has the work trees of what was just backed up looked at, once what was interrupted has ended. */
  start(engine: Engine, request: BackupRequest): void {
    this.interrupt();
    const { signal } = (this.#current = new AbortController());
    // What fails comes again with the next look at everything.
    this.#running = this.#running.then(() => run(engine, request, signal)).catch(() => {});
  }

  /** Ends all of it. */
  async close(): Promise<void> {
    this.interrupt();
    await this.#running;
  }
}

async function run(engine: Engine, request: BackupRequest, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
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
