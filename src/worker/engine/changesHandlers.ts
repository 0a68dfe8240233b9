import { diffWithDisk, findSnapshot, type Change } from '../../engine/index.ts';
import type { RepositoryRef, SourceRef } from '../engineProtocol/refs.ts';
import { baselineOf } from './baselineOf.ts';
import type { Engine } from './engine.ts';
import type { FolderJournal, KnownState } from './folderJournal.ts';
import type { Call, Handlers } from './handler.ts';
import { ignoreOptions } from './ignoreOptions.ts';
import { movedTo } from './movedTo.ts';
import { ChangeCollector, snapshotRows } from './rows.ts';
import { stateOf } from './stateOf.ts';
import { isOfWorkspace, workspaceAt } from './workspaces.ts';

/** What changed in a folder since its last snapshot, or another one. */
export const changesHandlers: Handlers<'noteChanges' | 'workspaceChanges'> = {
  noteChanges(engine, { folder, paths }) {
    engine.journals.note(folder, paths);
  },

  async workspaceChanges(engine, { repository, source, scan, limit, baseline = { kind: 'last' } }, call) {
    const identity = await workspaceAt(source.folder);
    const all = await engine.snapshots(repository, { isAwaited: true });
    const rows = snapshotRows(all.filter((stored) => isOfWorkspace(stored, source.folder, identity)));
    const [latest] = rows;
    const found = baselineOf(rows, baseline);
    const since = found ?? latest;
    const collector = new ChangeCollector(limit);
    const gone = identity.isGone && ({ isFolderGone: true } as const);
    if (!since) return { ...collector.list([]), ...gone };
    // What is known of the newest snapshot is for backups, too.
    const journal = engine.journals.of(source.folder, repository, since === latest ? 'newest' : 'baseline');
    const state = stateOf(since.id, source);
    const order = { repository, source, journal, state, scan, isAwaited: true } as const;
    const { changes, problems } = await compareFolder(engine, order, call);
    for (const change of changes) if (change.kind !== 'metadata') collector.add(change);
    const missing = !found && ({ isBaselineMissing: true } as const);
    return { ...collector.list(problems ?? []), snapshot: since, ...gone, ...missing };
  },
};

/**
 * Compares a folder with a snapshot: all of it, or what was noted since the last time. What happens inside
 * `.git` folders is left out: it would always differ, as saves do not back it up.
 */
export function compareFolder(
  engine: Engine,
  {
    repository,
    source,
    journal,
    state,
    scan,
    forceHash = false,
    isAwaited = false,
  }: {
    readonly repository: RepositoryRef;
    readonly source: SourceRef;
    readonly journal: FolderJournal;
    readonly state: KnownState;
    readonly scan: 'full' | 'journal';
    readonly forceHash?: boolean;
    readonly isAwaited?: boolean;
  },
  { signal, onProgress }: Call,
) {
  return journal.differences(state, scan === 'journal', (paths, onChange) =>
    engine.withSession(repository, { lock: 'none', isAwaited }, async (session) => {
      const stored = await findSnapshot(session.repository, state.snapshot);
      const { problems } = await diffWithDisk(session, stored, {
        rules: ignoreOptions({ ...source.rules, gitFolders: false }, repository),
        ...movedTo(source.folder, stored),
        metadata: true,
        forceHash,
        onChange: (change) => {
          if (isMore(change)) onChange(change);
        },
        ...(paths && { paths }),
        signal,
        onProgress,
      });
      return problems;
    }),
  );
}

/** False if only a time differs. */
export function isMore({ kind, before, after }: Change): boolean {
  if (kind !== 'metadata') return true;
  return before!.mode !== after!.mode || before!.uid !== after!.uid || before!.gid !== after!.gid;
}
