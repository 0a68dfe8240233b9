import type { StorageSettings } from '../base/storageAccess.ts';
import { openBackend } from '../backend/openBackend.ts';

/** Whether a repository has snapshots, which needs no password. False if nobody can tell; true, unasked, of far storage. */
export async function hasSnapshots(storage: StorageSettings): Promise<boolean> {
  try {
    const backend = openBackend(storage);
    if (backend.properties.isFar) return true;
    return (await backend.list('snapshot').finally(() => backend.close())).length > 0;
  } catch {
    return false;
  }
}
