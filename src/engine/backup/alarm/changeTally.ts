import type { EntryChange } from '../backupOptions.ts';
import { endingOf, isDenseEnding } from './fileKinds.ts';

/** Beyond so many, what was removed is only counted. */
const MOST_PATHS = 100_000;
/** What is encrypted becomes little longer or shorter; a pointer of Git LFS that becomes the file, much. */
const GROWTH = 2;
const GROWTH_BYTES = 1024;

/** A file as the snapshot before had it. */
export interface FileBefore {
  /** Bytes. */
  readonly size: number;
  /** Whether its content could be compressed, as all text can. */
  readonly isOrderly: boolean;
}

/** What a backup finds changed, as far as it may be worth an alarm. Pure: it is told of each file. */
export class ChangeTally {
  /** What comes and goes by programs. `total`: how many such files there are. */
  readonly routine = { new: 0, changed: 0, removed: 0, total: 0 };
  /** Where files were that are gone and not of that; the first of very many. */
  readonly removedPaths: string[] = [];
  /** How many these are, also those that are not listed. */
  removed = 0;
  #turned = 0;
  /** How many more new files of noise than removed ones there are, by the endings. */
  readonly #noise = new Map<string, number>();

  /** A file is there. `isRoutine`: in a folder that programs fill. */
  noteFile(change: EntryChange, isRoutine: boolean): void {
    if (!isRoutine) return;
    this.routine.total++;
    if (change !== 'unchanged') this.routine[change]++;
  }

  /** The content of a file that is new, or that replaces what was there `before`, looks random. */
  noteNoise(path: string, size: number, before: FileBefore | undefined): void {
    const ending = endingOf(path);
    if (isDenseEnding(ending)) return;
    if (!before) this.#noise.set(ending, (this.#noise.get(ending) ?? 0) + 1);
    else if (before.isOrderly && isSimilar(size, before.size)) this.#turned++;
  }

  /** A file of the snapshot before is gone. */
  noteRemoved(path: string, isRoutine: boolean): void {
    if (isRoutine) {
      this.routine.removed++;
      return;
    }
    this.removed++;
    if (this.removedPaths.length < MOST_PATHS) this.removedPaths.push(path);
    const ending = endingOf(path);
    this.#noise.set(ending, (this.#noise.get(ending) ?? 0) - 1);
  }

  /**
   * How many files were turned to noise: in their place, or as files of a kind that was not there before, for each of which
   * another one is gone. To be asked at the end.
   */
  get scrambled(): number {
    const fresh = [...this.#noise.values()].reduce((sum, count) => sum + Math.max(0, count), 0);
    return this.#turned + Math.min(fresh, this.removed);
  }
}

function isSimilar(size: number, before: number): boolean {
  return size <= before * GROWTH + GROWTH_BYTES && size * GROWTH + GROWTH_BYTES >= before;
}
