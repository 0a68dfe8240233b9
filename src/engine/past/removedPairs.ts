import type { Entry } from './folderStates.ts';
import type { Removed } from './removedBetween.ts';

/** So many results are kept, most of them empty, and so many removed files in them. */
const MOST_PAIRS = 100_000;
const MOST_FILES = 100_000;

/** What was found for each pair of states: trees do not change, so it stays true. */
export class RemovedPairs {
  readonly #known = new Map<string, readonly Removed[]>();
  #files = 0;

  get(before: Entry | undefined, after: Entry | undefined): readonly Removed[] | undefined {
    const key = keyOf(before, after);
    return key === undefined ? undefined : this.#known.get(key);
  }

  set(before: Entry | undefined, after: Entry | undefined, removed: readonly Removed[]): void {
    const key = keyOf(before, after);
    if (key === undefined || this.#known.has(key)) return;
    this.#known.set(key, removed);
    this.#files += removed.length;
    for (const [oldest, files] of this.#known) {
      if (this.#known.size <= MOST_PAIRS && this.#files <= MOST_FILES) return;
      this.#known.delete(oldest);
      this.#files -= files.length;
    }
  }
}

/** Of two folders alone: these are what their ids say. */
function keyOf(before: Entry | undefined, after: Entry | undefined): string | undefined {
  if (before?.subtree === undefined || after?.subtree === undefined) return undefined;
  return before.subtree + after.subtree;
}
