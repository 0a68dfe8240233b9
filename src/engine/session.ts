import { hostname, userInfo } from 'node:os';
import { orAborted } from '../base/abort.ts';
import { errorCode } from '../base/errors.ts';
import { BlobReader } from '../repository/blobReader.ts';
import type { BlobIndex } from '../repository/index/blobIndex.ts';
import { loadIndex } from '../repository/index/loadIndex.ts';
import type { RepositoryLock } from '../repository/lockTypes.ts';
import { acquireLock } from '../repository/lock.ts';
import { removeDeadLeftovers } from '../repository/leftovers.ts';
import { lockStore } from '../repository/lockStore.ts';
import type { Repository } from '../repository/repository.ts';
import { bindRepository } from './bindRepository.ts';
import { listingAhead, type ListedAfter, type ListedType } from './listingAhead.ts';

/** A repository that is locked as the operation needs. */
export interface LockedRepository {
  readonly repository: Repository;
  /** Settles when no other lock stands in the way: only then does what was read count. Throws `locked`. */
  readonly confirmed: Promise<void>;
  /** Throws `lock-lost` when writing is no longer allowed; awaited before every write and removal. */
  readonly checkLock: RepositoryLock['ensureHeld'];
}

/** A repository at work: locked, its index in memory. */
export interface Session extends Pick<LockedRepository, 'repository' | 'checkLock'> {
  readonly index: BlobIndex;
  readonly reader: BlobReader;
}

export interface SessionOptions {
  /** How the operation locks (format notes 9); `none` for a pretended one. */
  readonly lock: 'shared' | 'exclusive' | 'none';
  /**
   * The work begins before the lock is confirmed, and awaits `checkLock` before each write and removal. What it has read
   * when it is done counts: whoever would remove data sees our lock, and waits or gives up.
   */
  readonly beginsEarly?: boolean;
  /** On far storage the work finds lists of these as of just after that of the index, without waiting for them. */
  readonly listed?: readonly ListedType[];
  /** Wait so long, in milliseconds, for another's lock to go. */
  readonly retryLockMs?: number;
  readonly signal?: AbortSignal;
  /** A person waits for what is read: calls to far storage that does not answer are given up within seconds. */
  readonly isAwaited?: boolean;
  /** Hears, as sentences, that the lock could not be removed at the end. What was done stays done all the same. */
  readonly onLockLeft?: (message: string) => void;
}

/** So long the lock is given to go at the end where far storage is away. Milliseconds. */
const GIVE_BACK_PATIENCE = 5_000;

/** Ends all calls to far storage that a lock makes. */
const callsOfLocks = new WeakMap<RepositoryLock, AbortController>();

/**
 * Runs `work` on a locked repository, and gives the lock back whatever happens. On far storage all calls of the work
 * end when the signal fires; those of the lock go on, so that it is given back. Throws `locked`.
 */
export async function withLock<T>(
  given: Repository,
  options: SessionOptions,
  work: (locked: LockedRepository) => Promise<T>,
): Promise<T> {
  const lock = options.lock === 'none' ? undefined : await lockRepository(given, options);
  try {
    const repository = bindRepository(given, options);
    const signal = repository === given ? undefined : options.signal;
    const confirmed = orAborted(lock?.confirmed, signal);
    // Who begins early may never ask.
    confirmed.catch(() => {});
    const checkLock: Session['checkLock'] = async (check) => orAborted(lock?.ensureHeld(check), signal);
    return await work({ repository, confirmed, checkLock });
  } finally {
    await giveBack(lock, options);
  }
}

/**
 * As {@link withLock}, with the index loaded. That is done during the lock protocol's pause: our lock file is there
 * already, so whoever would remove data sees it. Throws `locked`.
 */
export async function withSession<T>(
  repository: Repository,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withLock(repository, options, async ({ repository: locked, confirmed, checkLock }) => {
    const bound = listingAhead(locked, listedAfter(options));
    try {
      const [index] = await Promise.all([
        loadIndex(bound, options.signal),
        options.beginsEarly ? undefined : confirmed,
      ]);
      return await work({ repository: bound, index, reader: new BlobReader(bound, index), checkLock });
    } catch (error) {
      // Beside another that removes data it may fail in any way: then the lock says why.
      await confirmed;
      throw error;
    }
  });
}

function listedAfter({ listed }: SessionOptions): ListedAfter {
  return listed ? { index: listed } : {};
}

/**
 * Takes a lock for this process; see {@link acquireLock}. Where that met the lock of a process that is gone, what
 * this one left is removed.
 */
export async function lockRepository(repository: Repository, options: SessionOptions): Promise<RepositoryLock> {
  const { signal, retryLockMs } = options;
  const calls = new AbortController();
  const bound = bindRepository(repository, calls);
  let metDead = false;
  let stopWaiting = () => {};
  const onAbort = () => (stopWaiting = endSoon(calls));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const lock = await acquireLock(lockStore(bound), {
      exclusive: options.lock === 'exclusive',
      owner: currentOwner(),
      looksWhileWriting: bound.backend.properties.isFar,
      onDeadLock: () => (metDead = true),
      ...(retryLockMs !== undefined && { retryLockMs }),
      ...(signal && { signal }),
    });
    if (bound !== repository) callsOfLocks.set(lock, calls);
    // Litter stands in nobody's way: who cannot remove it leaves it to the next.
    if (metDead) await removeDeadLeftovers(bound.backend, lock.id).catch(() => {});
    return lock;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stopWaiting();
  }
}

/**
 * Removes the file of a lock at the end of an operation. What the operation came to, or why it failed, counts
 * more than a file that stays: that goes to `onLockLeft` only. Far storage that is away is not waited for long.
 */
export async function giveBack(
  lock: RepositoryLock | undefined,
  { onLockLeft }: Pick<SessionOptions, 'onLockLeft'>,
): Promise<void> {
  if (!lock) return;
  const calls = callsOfLocks.get(lock);
  const stopWaiting = calls && endSoon(calls);
  try {
    await lock.release();
  } catch (error) {
    const isAway = calls?.signal.aborted;
    // A repository that is away has said so by now, or is met again with this lock of a process that is gone.
    if (!isAway && errorCode(error) === 'target-unavailable') return;
    const why = isAway ? 'The storage is away or did not answer in time.' : (error as Error).message;
    onLockLeft?.(
      `The lock ${lock.id.slice(0, 8)} stays in the repository, since it could not be removed: ${why} The next run on this machine tries again, and so does "cairn unlock".`,
    );
  } finally {
    stopWaiting?.();
  }
}

/** Ends the calls of a lock after a while, unless what this returns is called before. */
function endSoon(calls: AbortController): () => void {
  const timer = setTimeout(() => calls.abort(), GIVE_BACK_PATIENCE);
  return () => clearTimeout(timer);
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
