import type { LockId } from './format/ids.ts';

/** What the protocol needs of a repository. Throws as a backend does. */
export interface LockStore {
  list(): Promise<readonly { readonly name: string; readonly size: number }[]>;
  /** The plain JSON. */
  load(id: LockId): Promise<Uint8Array>;
  save(json: string): Promise<LockId>;
  remove(id: LockId): Promise<void>;
}

/** A lock that is held, or about to be. Its file is there until `release`. */
export interface RepositoryLock {
  /** The name of the lock file; another after each refresh. */
  readonly id: LockId;
  readonly exclusive: boolean;
  /**
   * Fulfilled once the second look found nothing; only then may the repository be changed. Rejects
   * with `locked` or `aborted`, the lock file being removed then.
   */
  readonly confirmed: Promise<void>;
  /** True once the lock is of no more use: lost, given back, not confirmed, or too long without a refresh. */
  readonly expired: boolean;
  /** Call it right before each change to the repository. Throws `lock-lost` if that is not allowed. */
  check(): void;
  /**
   * As `check`, where there is time: waits for the confirmation, and brings a lock back to life that
   * could not be refreshed for too long, as after a laptop slept, if nobody has removed it since. `look`: sees
   * whether the lock file is there, which costs a call: for what others would go on to rely on.
   */
  ensureHeld(options?: { readonly look?: boolean }): Promise<void>;
  /** Removes the lock file. May be called again. Throws what the storage fails with. */
  release(): Promise<void>;
}
