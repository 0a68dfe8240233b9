/** What is the same for all programs that keep a repository in restic's format. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const RESTIC_PASSWORD = 'bench';

/** The repository in a store. */
export const resticRepository = (store: string): string => join(store, 'repository');

/** Ids of the snapshots in a store, in the order in which their files were written. */
export function resticSnapshotIds(store: string): string[] {
  const folder = join(resticRepository(store), 'snapshots');
  const writtenAt = (id: string) => statSync(join(folder, id), { bigint: true }).mtimeNs;
  return readdirSync(folder)
    .map((id) => ({ id, time: writtenAt(id) }))
    .sort((a, b) => Number(a.time - b.time))
    .map(({ id }) => id);
}
