import { ChangedPaths } from './changedPaths.ts';
import { wayBelow } from '../disk/paths.ts';

/** What may have changed in a folder: these paths and what is below them, or anything. */
export type Changes = readonly string[] | 'anything';

/** Beyond so many places a look at everything costs less than what it takes to remember them. */
const defaultLimit = 10_000;

/**
 * The paths in one folder that may have changed since its last snapshot. Bounded: what is too much to
 * remember, or what nobody saw, is *anything*. So that nothing is lost, whoever takes the changes gives
 * them back when no snapshot came of it; those that came in meanwhile are kept beside them.
 */
export class Journal {
  readonly #folder: string;
  readonly #limit: number;
  /** Nothing once anything may have changed. */
  #paths: ChangedPaths | undefined = new ChangedPaths();

  /** @param folder absolute and cleaned, as are all paths that are added. */
  constructor(folder: string, limit = defaultLimit) {
    this.#folder = folder;
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#paths?.size === 0;
  }

  /** False once anything may have changed. */
  get isNarrow(): boolean {
    return this.#paths !== undefined;
  }

  /** Notes that something may have changed at or below a path; one outside the folder does not count. */
  add(path: string): void {
    const way = wayBelow(this.#folder, path);
    if (way === '') return this.addAnything();
    if (way === undefined) return;
    this.#paths?.add(path);
    if (this.#paths && this.#paths.size > this.#limit) this.addAnything();
  }

  /** Notes that changes may have been missed, such as when a watcher lost events. */
  addAnything(): void {
    this.#paths = undefined;
  }

  /** Hands out what was noted, and begins anew. */
  take(): Changes {
    const taken = this.#paths?.list() ?? 'anything';
    this.#paths = new ChangedPaths();
    return taken;
  }

  /** Takes back what a backup took that made no snapshot of it. */
  giveBack(changes: Changes): void {
    if (changes === 'anything') this.addAnything();
    else for (const path of changes) this.add(path);
  }
}
