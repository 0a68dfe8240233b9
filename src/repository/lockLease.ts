import type { RepositoryLock } from './lockTypes.ts';
import { systemClock, type Clock } from '../base/clock.ts';

/** Milliseconds for which a lock is kept after its last use. */
const defaultLease = 30_000;

/** One lock and who uses it. */
interface Lease {
  readonly lock: Promise<RepositoryLock>;
  users: number;
  /** The lock was not to be had, or is of no more use. */
  isExpired: () => boolean;
  /** Ends the wait that follows the last use. */
  wait: AbortController | undefined;
  readonly givenBack: PromiseWithResolvers<void>;
}

/**
 * A lock for many short operations: taken at the first use, shared by those that run at the same
 * time, and kept for a while after the last, so that a burst of saves pays for the lock protocol
 * once and another program's prune is not shut out for longer.
 *
 * What was read under one lock may be out of date under the next. Whoever keeps an index in memory
 * remembers the lock object that `use` passed, and reads the index again when it is another.
 */
export class LockLease {
  readonly #acquire: () => Promise<RepositoryLock>;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  #lease: Lease | undefined;

  constructor(
    acquire: () => Promise<RepositoryLock>,
    options: { readonly leaseMs?: number; readonly clock?: Clock } = {},
  ) {
    this.#acquire = acquire;
    this.#leaseMs = options.leaseMs ?? defaultLease;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Runs `work` under the lock, taking one if there is none or the one at hand is of no more use. As
   * `acquireLock` gives it, it may still be unconfirmed. Throws what acquiring or `work` throws.
   */
  async use<T>(work: (lock: RepositoryLock) => Promise<T>): Promise<T> {
    const lease = this.#takeLease();
    lease.wait?.abort();
    lease.users++;
    try {
      return await work(await lease.lock);
    } finally {
      lease.users--;
      if (lease.users === 0) this.#endUse(lease);
    }
  }

  /**
   * Gives the lock back, without the wait, once those who use it are done. The next use takes
   * another. Throws what the storage fails with.
   */
  async release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease?.users === 0) giveBack(lease);
    await lease?.givenBack.promise;
  }

  #takeLease(): Lease {
    const old = this.#lease;
    if (old && !old.isExpired()) return old;
    if (old?.users === 0) giveBack(old);
    const lock = this.#acquire();
    let state: RepositoryLock | 'pending' | 'failed' = 'pending';
    lock.then(
      (held) => (state = held),
      () => (state = 'failed'),
    );
    const isExpired = () => (typeof state === 'string' ? state === 'failed' : state.expired);
    const givenBack = Promise.withResolvers<void>();
    // Only `release` is told of a failure; a lock file that could not be removed now is removed later.
    givenBack.promise.catch(() => {});
    this.#lease = { lock, users: 0, isExpired, wait: undefined, givenBack };
    return this.#lease;
  }

  #endUse(lease: Lease): void {
    if (lease !== this.#lease) return giveBack(lease);
    const wait = new AbortController();
    lease.wait = wait;
    this.#clock.sleep(this.#leaseMs, { signal: wait.signal, background: true }).then(
      () => {
        // A use may have begun since the wait ended and before this was called.
        if (wait.signal.aborted) return;
        this.#lease = undefined;
        giveBack(lease);
      },
      () => {},
    );
  }
}

function giveBack(lease: Lease): void {
  lease.wait?.abort();
  const release = async () => {
    const lock = await lease.lock.catch(() => undefined);
    await lock?.release();
  };
  release().then(lease.givenBack.resolve, lease.givenBack.reject);
}
