import { CairnError } from '../base/errors.ts';
import type { LockId } from './format/ids.ts';
import type { LockStore, RepositoryLock } from './lockTypes.ts';
import { abandonLock } from './lockCheck.ts';
import { abortedError, type Clock } from '../base/clock.ts';
import { lockFileToJson, type LockFile } from './lockFile.ts';

/** How long others get to see a new lock file before its holder relies on it. Milliseconds, format notes 9. */
export const CONFIRM_PAUSE = 200;

/** A lock file is written anew so often. Milliseconds, format notes 9. */
const refreshInterval = 5 * 60_000;

/** After so long without a refresh nothing may be changed any more. Milliseconds, format notes 9. */
const longestUnrefreshed = 22.5 * 60_000;

/** A lock file of ours: its name, and the time in it in milliseconds. */
export interface WrittenLock {
  readonly id: LockId;
  readonly time: number;
}

export interface HeldLockParts {
  readonly store: LockStore;
  readonly clock: Clock;
  readonly content: Omit<LockFile, 'time'>;
  readonly written: WrittenLock;
  readonly onLost?: ((error: Error) => void) | undefined;
}

/** Writes a lock file with the present time in it. */
export async function writeLockFile(
  store: LockStore,
  content: Omit<LockFile, 'time'>,
  clock: Clock,
): Promise<WrittenLock> {
  const time = clock.now();
  const id = await store.save(lockFileToJson({ time: new Date(time).toISOString(), ...content }));
  return { id, time };
}

/** A lock from the writing of its file to its removal: confirms, refreshes and gives it back. */
export class HeldLock implements RepositoryLock {
  readonly exclusive: boolean;
  readonly confirmed: Promise<void>;

  readonly #parts: HeldLockParts;
  #current: WrittenLock;
  /** Files of ours that no longer stand for the lock and could not be removed yet. */
  readonly #discarded = new Set<LockId>();
  /** Ends confirming and refreshing. */
  readonly #stop = new AbortController();
  /** Why nothing may be changed for now or any more. */
  #failure: CairnError | undefined = new CairnError('internal', 'The lock is not confirmed yet.');
  #renewing: Promise<void> | undefined;
  #releasing: Promise<void> | undefined;

  /** @param confirm waits and looks for locks that stand against this one; throws `locked`. */
  constructor(parts: HeldLockParts, confirm: (signal: AbortSignal) => Promise<void>) {
    this.#parts = parts;
    this.#current = parts.written;
    this.exclusive = parts.content.exclusive;
    this.confirmed = this.#confirm(confirm);
    // Whoever writes awaits it; a reader that is done before need not.
    this.confirmed.catch(() => {});
  }

  get id(): LockId {
    return this.#current.id;
  }

  get expired(): boolean {
    return this.#stop.signal.aborted || this.#isStale();
  }

  check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#isStale()) throw staleError();
  }

  async ensureHeld({ look = false }: { readonly look?: boolean } = {}): Promise<void> {
    await this.confirmed;
    if (!this.#failure && this.#isStale()) await this.#renew();
    else if (!this.#failure && look) await this.#lookForFile();
    this.check();
  }

  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #confirm(confirm: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await confirm(this.#stop.signal);
      if (this.#stop.signal.aborted) throw abortedError();
    } catch (error) {
      this.#end(error instanceof CairnError ? error : new CairnError('internal', 'Locking failed.', { cause: error }));
      await this.#removeFiles().catch(() => {});
      throw error;
    }
    this.#failure = undefined;
    void this.#keepRefreshing();
  }

  async #keepRefreshing(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#parts.clock.sleep(refreshInterval, { signal, background: true });
        await this.#renew();
      } catch {
        // The next turn tries again; until then `check` goes by the age of the last success.
      }
    }
  }

  /** One at a time, so that the file which is replaced is always the current one. */
  #renew(): Promise<void> {
    this.#renewing ??= (this.#isStale() ? this.#revive() : this.#refresh()).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** The new file first, so that there is one at any time. */
  async #refresh(): Promise<void> {
    const { store, content, clock } = this.#parts;
    const old = this.#current.id;
    // Somebody may have removed the lock of a living holder, and gone on to what it forbids.
    if (!(await this.#exists(old))) return this.#lose();
    this.#current = await writeLockFile(store, content, clock);
    this.#discarded.add(old);
    await this.#removeDiscarded();
  }

  /** Others may have taken a stale lock for left behind: it counts again only if its file is there before and after. */
  async #revive(): Promise<void> {
    const { store, content, clock } = this.#parts;
    const old = this.#current.id;
    if (!(await this.#exists(old))) return this.#lose();
    const written = await writeLockFile(store, content, clock);
    this.#discarded.add(written.id);
    await clock.sleep(CONFIRM_PAUSE);
    if (!(await this.#exists(old))) return this.#lose();
    this.#discarded.delete(written.id);
    this.#discarded.add(old);
    this.#current = written;
    await this.#removeDiscarded();
  }

  /** A machine that slept for a while may find that others took its lock for left behind, long before it is stale. */
  async #lookForFile(): Promise<void> {
    await this.#renewing?.catch(() => {});
    const { id } = this.#current;
    // A renewal that began meanwhile has another file, and looked for this one itself.
    if (!(await this.#exists(id)) && id === this.#current.id) this.#lose();
  }

  async #exists(id: LockId): Promise<boolean> {
    return (await this.#parts.store.list()).some((file) => file.name === id);
  }

  #lose(): void {
    const error = new CairnError(
      'lock-lost',
      'Another program removed the lock on the repository, so this operation was stopped before it could do harm. Run it again.',
    );
    this.#end(error);
    this.#parts.onLost?.(error);
  }

  /** From here on `check` throws, and no refresh begins. */
  #end(failure: CairnError): void {
    this.#failure = failure;
    this.#stop.abort();
  }

  async #release(): Promise<void> {
    if (!this.#stop.signal.aborted) this.#end(new CairnError('internal', 'The lock was given back already.'));
    await this.confirmed.catch(() => {});
    await this.#renewing?.catch(() => {});
    await this.#removeFiles();
  }

  async #removeFiles(): Promise<void> {
    this.#discarded.add(this.#current.id);
    try {
      await this.#removeDiscarded();
    } catch (error) {
      this.#discarded.forEach(abandonLock);
      throw error;
    }
  }

  /** Tries all of them, then throws the first failure. */
  async #removeDiscarded(): Promise<void> {
    const failures: unknown[] = [];
    for (const id of this.#discarded) {
      try {
        await this.#parts.store.remove(id);
        this.#discarded.delete(id);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #isStale(): boolean {
    return this.#parts.clock.now() - this.#current.time > longestUnrefreshed;
  }
}

function staleError(): CairnError {
  return new CairnError(
    'lock-lost',
    'The lock on the repository could not be renewed for too long: this machine slept, or the repository was out of reach. The operation was stopped before it could do harm; run it again.',
  );
}
