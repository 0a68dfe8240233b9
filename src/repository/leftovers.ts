/**
 * What writers leave that were killed: parts of files that never got their names. Whoever writes to a repository
 * holds a lock meanwhile (format notes 9), so where no other lock is, all that was there before has no writer any
 * more. Only locks themselves are written without one; their parts go by age.
 */
import type { Backend, Leftover } from '../backend/backend.ts';
import type { LockId } from './format/ids.ts';
import { STALE_AGE } from './lockFile.ts';

/** The leftovers that have no writer, for the holder of an exclusive lock that has stored nothing yet. */
export async function findDeadLeftovers(backend: Backend): Promise<Leftover[]> {
  const newestDead = Date.now() - STALE_AGE;
  return (await backend.leftovers()).filter(({ type, modified }) => type !== 'lock' || modified < newestDead);
}

/**
 * Removes the leftovers that have no writer, for the holder of the lock `own`, of either kind, that has stored
 * nothing yet. Does nothing while somebody else holds a lock. Throws what the storage throws.
 */
export async function removeDeadLeftovers(backend: Backend, own: LockId): Promise<void> {
  // In this order: a lock that is taken after the first look stands for none of what that found.
  const leftovers = await findDeadLeftovers(backend);
  if (leftovers.length === 0) return;
  if (await hasOtherLocks(backend, own)) return;
  for (const leftover of leftovers) await backend.removeLeftover(leftover);
}

/** Whether somebody else holds a lock, dead or alive. */
export async function hasOtherLocks(backend: Backend, own?: LockId): Promise<boolean> {
  // Twice: a lock that is renewed during a look, as another file, may be in neither half of it.
  for (let look = 0; look < 2; look++) {
    const locks = await backend.list('lock');
    if (locks.some(({ name, size }) => name !== own && size > 0)) return true;
  }
  return false;
}
