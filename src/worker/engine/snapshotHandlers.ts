import {
  executeForget,
  matchesActor,
  planForgetByName,
  tagSnapshots,
  type StoredSnapshot,
} from '../../engine/index.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';
import type { SnapshotRow } from '../engineProtocol/snapshots.ts';
import { changesFileNamed } from './changedNames.ts';
import type { Engine } from './engine.ts';
import type { Handlers } from './handler.ts';
import { snapshotRows } from './rows.ts';
import { isOfWorkspace, workspaceAt } from './workspaces.ts';

/** Commands on the list of snapshots. */
export const snapshotHandlers: Handlers<'listSnapshots' | 'tagSnapshots' | 'deleteSnapshots'> = {
  async listSnapshots(engine, { repository, folder, limit, offset = 0, triggers, actors, text }, { signal }) {
    const all = await engine.snapshots(repository, { isAwaited: true });
    const chosen = folder === undefined ? all : await ofFolder(all, folder);
    const wanted = snapshotRows(chosen).filter(
      ({ trigger, actor }) =>
        (!triggers || triggers.includes(trigger ?? 'other')) && (!actors || matchesActor(actor, actors)),
    );
    const rows = text === undefined ? wanted : await withText(engine, repository, { all, rows: wanted }, text, signal);
    return { rows: rows.slice(offset, offset + limit), total: rows.length };
  },

  async tagSnapshots(engine, { repository, ids, keep, label }, { signal }) {
    const change = {
      ...(keep === true && { add: ['keep'] }),
      ...(keep === false && { remove: ['keep'] }),
      ...(label !== undefined && { label }),
    };
    const changed = await engine.runCold(repository, (opened) =>
      tagSnapshots(opened, change, { snapshots: ids, signal }),
    );
    for (const { before, after } of changed) engine.journals.replaceSnapshot(repository, before, after);
    const idAfter = new Map<string, string>(changed.map(({ before, after }) => [before, after]));
    const wanted = new Set(ids.map((id) => idAfter.get(id) ?? id));
    const rows = snapshotRows(await engine.snapshots(repository, { isAwaited: true }));
    return { rows: rows.filter(({ id }) => wanted.has(id)) };
  },

  async deleteSnapshots(engine, { repository, ids }, { signal }) {
    await engine.runCold(repository, async (opened) =>
      executeForget(opened, await planForgetByName(opened, ids), { signal }),
    );
  },
};

async function ofFolder(all: readonly StoredSnapshot[], folder: string): Promise<StoredSnapshot[]> {
  const identity = await workspaceAt(folder);
  return all.filter((stored) => isOfWorkspace(stored, folder, identity));
}

/** Those of which anything that is known has the text in it, or that changed a file with it in its path. */
async function withText(
  engine: Engine,
  repository: RepositoryRef,
  { all, rows }: { readonly all: readonly StoredSnapshot[]; readonly rows: readonly SnapshotRow[] },
  text: string,
  signal: AbortSignal,
): Promise<SnapshotRow[]> {
  const byId = new Map<string, StoredSnapshot>(all.map((stored) => [stored.id, stored]));
  const words = text.toLowerCase();
  // An id is asked for by programs, and is no name of a file.
  const isId = /^[0-9a-f]{64}$/.test(words);
  return engine.look(repository, async (session) => {
    const found: SnapshotRow[] = [];
    for (const row of rows) {
      const pair = { before: byId.get(row.previous ?? ''), after: byId.get(row.id)! };
      const isNamed = searchable(row).includes(words);
      if (isNamed || (!isId && (await changesFileNamed(session, pair, words, signal)))) found.push(row);
    }
    return found;
  });
}

function searchable(row: SnapshotRow): string {
  return [row.id, row.label, row.commit, row.trigger, row.hostname, ...row.tags, ...row.paths].join('\n').toLowerCase();
}
