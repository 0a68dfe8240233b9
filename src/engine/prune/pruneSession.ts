import { CairnError } from '../../base/errors.ts';
import { asId, type PackId } from '../../repository/format/ids.ts';
import { loadIndex } from '../../repository/index/loadIndex.ts';
import { findDeadLeftovers, hasOtherLocks } from '../../repository/leftovers.ts';
import type { Repository } from '../../repository/repository.ts';
import { withSession, type Session, type SessionOptions } from '../session.ts';
import { DEFAULT_GRACE } from './planPrune.ts';

export interface PruneSessionOptions extends Omit<SessionOptions, 'lock'> {
  /** Take no lock, for a plan that nobody carries out. */
  readonly isUnlocked?: boolean;
  /** Hears of what was removed so that the lock has room. Bytes. */
  readonly onRoomMade?: (files: number, bytes: number) => void;
}

/**
 * Runs `work` in a session with an exclusive lock, as {@link withSession} does. Where the disk is too full even for
 * the lock file, what nobody can need is removed first. Throws `disk-full` if that is nothing.
 */
export async function withPruneSession<T>(
  repository: Repository,
  options: PruneSessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const locked: SessionOptions = { ...options, lock: options.isUnlocked ? 'none' : 'exclusive' };
  try {
    return await withSession(repository, locked, work);
  } catch (error) {
    if (!hasNoRoomForLock(error)) throw error;
    const { files, bytes } = await makeRoom(repository, options.signal);
    if (files === 0) throw error;
    options.onRoomMade?.(files, bytes);
    return withSession(repository, locked, work);
  }
}

function hasNoRoomForLock(error: unknown): boolean {
  if (!(error instanceof CairnError) || error.code !== 'disk-full') return false;
  const { file } = error.details ?? {};
  return typeof file === 'string' && file.startsWith('locks/');
}

/**
 * Removes, without a lock of our own, what writers that are gone left behind, and packs in no index. No program builds
 * on such packs but the one that stores them, which has a lock, or, without locks, is done with them within the grace.
 * Removes nothing while somebody holds a lock.
 */
async function makeRoom(
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const { backend } = repository;
  const leftovers = await findDeadLeftovers(backend);
  // Packs first: what is stored meanwhile is in an index that is read after them.
  const oldestYoung = Date.now() - DEFAULT_GRACE;
  const packs = await backend.list('pack');
  const index = await loadIndex(repository, signal);
  // Packs without any index are rather a repository whose index is away.
  if (packs.length > 0 && index.packIds.length === 0) return { files: 0, bytes: 0 };
  const unlisted = packs.filter(
    ({ name, modified = Infinity }) => !index.hasPack(asId<PackId>(name)) && modified < oldestYoung,
  );
  if (await hasOtherLocks(backend)) return { files: 0, bytes: 0 };
  for (const leftover of leftovers) await backend.removeLeftover(leftover, { ...(signal && { signal }) });
  for (const { name } of unlisted) await backend.remove({ type: 'pack', name }, { ...(signal && { signal }) });
  const removed = [...leftovers, ...unlisted];
  return { files: removed.length, bytes: removed.reduce((sum, { size }) => sum + size, 0) };
}
