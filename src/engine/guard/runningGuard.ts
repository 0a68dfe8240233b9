import type { FileHandle } from '../../backend/backend.ts';
import { isCairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { systemCode } from '../../base/systemCode.ts';
import type { Repository } from '../../repository/repository.ts';
import type { GuardAbout } from './aboutFile.ts';
import { openGuard, type Guard } from './guard.ts';
import { guardsFor, type GuardSettings } from './guardPlace.ts';
import { releaseGone } from './releaseGone.ts';

/** So many files that were stored are linked at once, and fewer when the work is done: nobody should wait for links. */
const MOST_WAITING = 64;
/** The whole of a guard is held against its repository once in so long, where that stays open. Milliseconds. */
const INTERVAL = 3_600_000;

/**
 * The guard of an open repository, which is opened when something is stored. Nothing here throws: a backup is as good
 * without its guard. What fails is told once.
 */
export class RunningGuard {
  readonly #repository: Repository;
  readonly #about: GuardAbout;
  readonly #settings: () => GuardSettings | undefined;
  #guard: Guard | undefined;
  #isOpen = false;
  #hasFailed = false;
  #hasTold = false;
  #hasNews = false;
  readonly #waiting: FileHandle[] = [];
  #holdsPacks = false;
  #keptUpAt = -Infinity;

  constructor(repository: Repository, about: GuardAbout, settings: () => GuardSettings | undefined) {
    this.#repository = repository;
    this.#about = about;
    this.#settings = settings;
  }

  /** Whether anything of size that was removed meanwhile stays here for a while. */
  get keepsWhatIsGone(): boolean {
    return this.#holdsPacks && (this.#settings()?.delay ?? 0) > 0;
  }

  /** A file was stored. It is guarded soon, and at the latest when the guard is kept up. */
  added(handle: FileHandle): void {
    if (handle.type === 'lock') return;
    this.#waiting.push(handle);
    if (this.#waiting.length >= MOST_WAITING) this.#addWaiting();
  }

  #addWaiting(): void {
    const handles = this.#waiting.splice(0);
    if (handles.length === 0) return;
    this.#attempt((guard) => {
      const unguarded = handles.filter((handle) => !guard.add(handle));
      if (unguarded.length > 0) this.#tell('a file in it is another user’s');
    });
  }

  /** A file was removed on purpose. */
  removed(handle: FileHandle): void {
    if (handle.type === 'lock') return;
    this.#addWaiting();
    this.#attempt((guard) => {
      if (guard.remove(handle, Date.now()) && handle.type === 'pack') this.#holdsPacks = true;
    });
  }

  /** Guards what was stored; now and then, brings the guard up to date as a whole, and lets go of what is gone for long. */
  async keepUp(): Promise<void> {
    this.#addWaiting();
    const settings = this.#settings();
    if (!settings || !this.#hasNews || performance.now() - this.#keptUpAt < INTERVAL) return;
    this.#keptUpAt = performance.now();
    this.#hasNews = false;
    try {
      const unguarded = (await this.#guard?.sync(Date.now())) ?? 0;
      if (unguarded > 0) this.#tell(`${unguarded} of its files are another user’s`);
      if (this.#guard) await releaseGone(this.#repository, this.#guard, { delay: settings.delay });
    } catch (error) {
      this.#fail(error);
    }
  }

  #attempt(work: (guard: Guard) => void): void {
    const settings = this.#settings();
    if (!settings || this.#hasFailed) return;
    this.#hasNews = true;
    try {
      if (!this.#isOpen) this.#guard = openGuard(this.#about, guardsFor(this.#about.repository, settings.folder));
      this.#isOpen = true;
      if (this.#guard) work(this.#guard);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (systemCode(error) === undefined && !isCairnError(error)) throw error;
    this.#hasFailed = true;
    this.#tell((error as Error).message);
  }

  #tell(reason: string): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#settings()?.onTrouble(
      `The guard of the repository ${displayPath(this.#about.repository)} is not complete: ${reason}. The backup is as good as ever. "cairn guard status" says how the guard is.`,
    );
  }
}
