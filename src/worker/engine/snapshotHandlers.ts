import { executeForget, planForgetByName, tagSnapshots, type StoredSnapshot } from '../../engine/index.ts';
import type { SnapshotRow } from '../engineProtocol/snapshots.ts';
import type { Handlers } from './handler.ts';
import { snapshotRows } from './rows.ts';
import { isOfWorkspace, workspaceAt } from './workspaces.ts';

/** Commands on the list of snapshots. */
export const snapshotHandlers: Handlers<'listSnapshots' | 'tagSnapshots' | 'deleteSnapshots'> = {
  async listSnapshots(engine, { repository, folder, limit, offset = 0, triggers, text }) {
    const all = await engine.snapshots(repository);
    const chosen = folder === undefined ? all : await ofFolder(all, folder);
    const words = text?.toLowerCase();
    const rows = snapshotRows(chosen).filter(
      (row) =>
        (!triggers || triggers.includes(row.trigger ?? 'other')) &&
        (words === undefined || searchable(row).includes(words)),
    );
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
    const rows = snapshotRows(await engine.snapshots(repository));
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

function searchable(row: SnapshotRow): string {
  return [row.id, row.label, row.commit, row.trigger, row.hostname, ...row.tags, ...row.paths].join('\n').toLowerCase();
}
