/**
 * restic's lock protocol (format notes 9). Everyone who works on a repository leaves a lock file
 * there: *shared* ones go together, an *exclusive* one goes with no other. To acquire: look for
 * locks that stand against it, write one's own, wait 200 ms, look again; of two who did this at the
 * same time at least one sees the other's file and steps back. To hold: write the file anew every
 * five minutes. A holder that could not do that for 22.5 minutes no longer writes to the repository,
 * because after 30 minutes others may take its lock for left behind.
 */
import { throwIfAborted } from '../base/abort.ts';
import { errorCode } from '../base/errors.ts';
import { currentProcessIdentity } from '../disk/processIdentity.ts';
import { checkOtherLocks, RECHECK_PAUSES } from './lockCheck.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { CONFIRM_PAUSE, HeldLock, writeLockFile } from './lockHeld.ts';
import type { LockStore, RepositoryLock } from '../repository/lockTypes.ts';

/** Who holds a lock, for people to read. */
export interface LockOwner {
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
}

export interface AcquireOptions {
  readonly exclusive: boolean;
  readonly owner: LockOwner;
  /** Ends the waiting, until the lock is confirmed. Holding and releasing it do not heed it. */
  readonly signal?: AbortSignal;
  /** How long to try again while another's lock stands against it. Milliseconds, default 0. */
  readonly retryLockMs?: number;
  /** Hears once that the lock is lost; from then on `check` throws the same error. */
  readonly onLost?: (error: Error) => void;
  /** Hears that the lock of a process was removed that is gone. */
  readonly onDeadLock?: () => void;
  readonly clock?: Clock;
  /**
   * Makes the first look while the file is written, which saves a round trip: heeded for a shared lock without
   * `retryLockMs`. Its file stands for a moment then even if the lock is refused.
   */
  readonly looksWhileWriting?: boolean;
  /** Milliseconds to wait before looking again at locks that vanished or cannot be read. */
  readonly recheckPauses?: readonly number[];
}

/** The first pause of `retryLockMs`; each is twice the one before, up to the longest. */
const firstRetryPause = 5_000;
const longestRetryPause = 60_000;

/**
 * How long after our first look our file may appear at the latest for the second look to be no
 * condition of reading. Who excludes us waits `CONFIRM_PAUSE` between writing a lock that our first
 * look missed and looking for ours; if ours was there within that time, it was seen.
 */
const quickEnough = 0.75 * CONFIRM_PAUSE;

/**
 * Takes a lock. It resolves as soon as the lock file is written, so that the index can be loaded
 * while `confirmed` is pending: what is read from now on cannot have been made invalid by a holder
 * that did not see our lock. When writing took too long for that to be true, and with `retryLockMs`,
 * it resolves only once the lock is confirmed.
 * Throws `locked`, `aborted`, or what the storage fails with; no lock file of ours is left then.
 */
export async function acquireLock(store: LockStore, options: AcquireOptions): Promise<RepositoryLock> {
  const { clock = systemClock, signal, retryLockMs = 0 } = options;
  const deadline = clock.now() + retryLockMs;
  for (let pause = firstRetryPause; ; pause = Math.min(2 * pause, longestRetryPause)) {
    try {
      return await tryToAcquire(store, options, clock);
    } catch (error) {
      const left = deadline - clock.now();
      if (errorCode(error) !== 'locked' || left <= 0) throw error;
      await clock.sleep(Math.min(pause, left), signal ? { signal } : {});
    }
  }
}

/**
 * Follows the host name in our locks. `restic unlock` sends SIGHUP to the process that holds a lock
 * of its own host, to see whether it lives, and that would end one which, unlike restic, does not
 * ignore this signal: in an editor, the process that runs all extensions. Under another name than
 * its own, restic goes by the age of a lock alone. What tells the host for us is the identity.
 */
const programMark = ' (Cairn)';

async function tryToAcquire(store: LockStore, options: AcquireOptions, clock: Clock): Promise<RepositoryLock> {
  const { exclusive, owner, signal, onLost, retryLockMs = 0, recheckPauses: pauses = RECHECK_PAUSES } = options;
  const check = { exclusive, clock, pauses, onDeadLock: options.onDeadLock };
  const look = () => checkOtherLocks(store, { ...check, signal });
  const write = async () => {
    throwIfAborted(signal);
    const identity = currentProcessIdentity();
    const hostname = owner.hostname + programMark;
    const content = { exclusive, ...owner, hostname, pid: identity.pid, process: identity };
    const written = await writeLockFile(store, content, clock);
    const lock = new HeldLock({ store, clock, content, written, onLost }, async (stopped) => {
      const until = signal ? AbortSignal.any([signal, stopped]) : stopped;
      await clock.sleep(CONFIRM_PAUSE, { signal: until });
      await checkOtherLocks(store, { ...check, own: new Set([written.id]), signal: until });
    });
    return { lock, writtenAt: clock.now() };
  };
  const isAtOnce = options.looksWhileWriting && !exclusive && retryLockMs === 0;
  const [began, { lock, writtenAt }] = isAtOnce ? await lookAndWrite(look, write) : [await look(), await write()];
  const elapsed = writtenAt - began;
  if (elapsed < 0 || elapsed > quickEnough || retryLockMs > 0) await lock.confirmed;
  return lock;
}

/** Both at once; where the look fails, what was written goes. */
async function lookAndWrite<T extends { readonly lock: HeldLock }>(
  look: () => Promise<number>,
  write: () => Promise<T>,
): Promise<[number, T]> {
  const [looked, wrote] = await Promise.allSettled([look(), write()]);
  if (looked.status === 'rejected') {
    if (wrote.status === 'fulfilled') await wrote.value.lock.release();
    throw looked.reason;
  }
  if (wrote.status === 'rejected') throw wrote.reason;
  return [looked.value, wrote.value];
}
