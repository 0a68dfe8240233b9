import { hostname, userInfo } from 'node:os';
import { errorCode } from '../base/errors.ts';
import { BlobReader } from '../repository/blobReader.ts';
import type { BlobIndex } from '../repository/index/blobIndex.ts';
import { loadIndex } from '../repository/index/loadIndex.ts';
import type { RepositoryLock } from '../repository/lockTypes.ts';
import { acquireLock } from '../repository/lock.ts';
import { removeDeadLeftovers } from '../repository/leftovers.ts';
import { lockStore } from '../repository/lockStore.ts';
import type { Repository } from '../repository/repository.ts';

/** A repository at work: locked as the operation needs, its index in memory. */
export interface Session {
  readonly repository: Repository;
  readonly index: BlobIndex;
  readonly reader: BlobReader;
  /** Throws `lock-lost` when writing is no longer allowed; awaited before every write and removal. */
  readonly checkLock: RepositoryLock['ensureHeld'];
}

export interface SessionOptions {
  /** How the operation locks (format notes 9); `none` for a pretended one. */
  readonly lock: 'shared' | 'exclusive' | 'none';
  /** The work begins before the lock is confirmed, and awaits `checkLock` before each write and removal. */
  readonly beginsEarly?: boolean;
  /** Wait so long, in milliseconds, for another's lock to go. */
  readonly retryLockMs?: number;
  readonly signal?: AbortSignal;
  /** Hears, as sentences, that the lock could not be removed at the end. What was done stays done all the same. */
  readonly onLockLeft?: (message: string) => void;
}

/**
 * Runs `work` on a locked repository with its index loaded, and gives the lock back whatever happens.
 * The index is loaded during the lock protocol's pause: our lock file is there already, so whoever
 * would remove data sees it. Throws `locked`.
 */
export async function withSession<T>(
  repository: Repository,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const lock = options.lock === 'none' ? undefined : await lockRepository(repository, options);
  try {
    const confirmed = options.beginsEarly ? undefined : lock?.confirmed;
    const [index] = await Promise.all([loadIndex(repository, options.signal), confirmed]);
    const reader = new BlobReader(repository, index);
    return await work({ repository, index, reader, checkLock: async (options) => lock?.ensureHeld(options) });
  } finally {
    await giveBack(lock, options);
  }
}

/**
 * Takes a lock for this process; see {@link acquireLock}. Where that met the lock of a process that is gone, what
 * this one left is removed.
 */
export async function lockRepository(repository: Repository, options: SessionOptions): Promise<RepositoryLock> {
  let metDead = false;
  const lock = await acquireLock(lockStore(repository), {
    exclusive: options.lock === 'exclusive',
    owner: currentOwner(),
    onDeadLock: () => (metDead = true),
    ...(options.retryLockMs !== undefined && { retryLockMs: options.retryLockMs }),
    ...(options.signal && { signal: options.signal }),
  });
  // Litter stands in nobody's way: who cannot remove it leaves it to the next.
  if (metDead) await removeDeadLeftovers(repository.backend, lock.id).catch(() => {});
  return lock;
}

/**
 * Removes the file of a lock at the end of an operation. What the operation came to, or why it failed, counts
 * more than a file that stays: that goes to `onLockLeft` only.
 */
export async function giveBack(
  lock: RepositoryLock | undefined,
  { onLockLeft }: Pick<SessionOptions, 'onLockLeft'>,
): Promise<void> {
  try {
    await lock?.release();
  } catch (error) {
    // A repository that is away has said so by now, or is met again with this lock of a process that is gone.
    if (errorCode(error) === 'target-unavailable') return;
    const { message } = error as Error;
    onLockLeft?.(
      `The lock ${lock!.id.slice(0, 8)} stays in the repository, since it could not be removed: ${message} The next run on this machine tries again, and so does "cairn unlock".`,
    );
  }
}

/** Host, user and numbers of this process, as locks, keys and snapshots name them. */
export function currentOwner(): { hostname: string; username: string; uid: number; gid: number } {
  const user = currentUser();
  return { hostname: hostname(), username: user.username, uid: Math.max(user.uid, 0), gid: Math.max(user.gid, 0) };
}

function currentUser(): { username: string; uid: number; gid: number } {
  try {
    return userInfo();
  } catch {
    // A container may run under a number that has no name.
    return { username: '', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  }
}
