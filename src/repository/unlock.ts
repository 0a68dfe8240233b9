import { throwIfAborted } from '../base/abort.ts';
import { errorCode } from '../base/errors.ts';
import { currentProcessIdentity, isPidFree, isSurelyDead, type ProcessIdentity } from '../disk/processIdentity.ts';
import { asId, type LockId } from './format/ids.ts';
import { parseTimeToParts } from './format/time.ts';
import type { LockStore } from './lockTypes.ts';
import { loadLock } from './lockCheck.ts';
import { STALE_AGE, type LockFile } from './lockFile.ts';

export interface UnlockOptions {
  /** Every lock, also those of living holders. Default: only those left behind. */
  readonly removeAll?: boolean;
  /** Milliseconds since 1970; the present unless stated. */
  readonly now?: number;
  readonly signal?: AbortSignal;
}

/** A lock that was removed; without content if that could not be read. */
export interface RemovedLock {
  readonly id: LockId;
  readonly lock?: LockFile;
}

/**
 * Removes locks that were left behind: older than 30 minutes, or of a process of this host that is
 * gone (format notes 9). Unreadable ones go only with `removeAll`.
 */
export async function unlock(store: LockStore, options: UnlockOptions = {}): Promise<RemovedLock[]> {
  const { removeAll = false, now = Date.now(), signal } = options;
  const current = currentProcessIdentity();
  const removed: RemovedLock[] = [];
  for (const file of await store.list()) {
    throwIfAborted(signal);
    const id = asId<LockId>(file.name);
    const lock = await tryToLoad(store, id, file.size);
    if (!removeAll && !(lock && isLeftBehind(lock, now, current))) continue;
    await store.remove(id);
    removed.push({ id, ...(lock && { lock }) });
  }
  return removed;
}

async function tryToLoad(store: LockStore, id: LockId, size: number): Promise<LockFile | undefined> {
  try {
    return await loadLock(store, id, size);
  } catch (error) {
    if (errorCode(error) === 'aborted' || errorCode(error) === 'target-unavailable') throw error;
    return undefined;
  }
}

function isLeftBehind(lock: LockFile, now: number, current: ProcessIdentity): boolean {
  if (now - parseTimeToParts(lock.time).seconds * 1000 > STALE_AGE) return true;
  if (lock.process)
    return isSurelyDead(lock.process, current) || (isNear(lock.process, current) && isPidFree(lock.pid));
  return lock.hostname === current.hostname && isPidFree(lock.pid);
}

/** Whether a pid means the same there as here, as far as both know: containers may share a host name. */
function isNear(identity: ProcessIdentity, current: ProcessIdentity): boolean {
  const facts = ['platform', 'hostname', 'machine', 'pidNamespace'] as const;
  return facts.every((fact) => identity[fact] === current[fact]);
}
