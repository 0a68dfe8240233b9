import { openBackend } from '../backend/openBackend.ts';

/** Whether a repository has snapshots, which needs no password. False if nobody can tell. */
export async function hasSnapshots(location: string): Promise<boolean> {
  try {
    const backend = openBackend(location);
    return (await backend.list('snapshot').finally(() => backend.close())).length > 0;
  } catch {
    return false;
  }
}
