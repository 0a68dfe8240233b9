import type { StorageSettings } from '../base/storageAccess.ts';
import { openBackend } from '../backend/openBackend.ts';

/** Whether a repository has snapshots, which needs no password. False if nobody can tell; true, unasked, of far storage. */
export async function hasSnapshots(storage: StorageSettings): Promise<boolean> {
  try {
    const backend = openBackend(storage);
    try {
      return backend.properties.isFar || (await backend.list('snapshot')).length > 0;
    } finally {
      await backend.close();
    }
  } catch {
    return false;
  }
}
