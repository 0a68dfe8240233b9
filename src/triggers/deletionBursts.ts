import type { DiskPath } from '../base/pathKinds.ts';

/** So many files deleted at once are worth a look before long. */
const MANY = 10;
/** What is within so long is at once. Milliseconds. */
const WINDOW_MS = 2_000;

/** Tells from single events whether much is deleted. */
export class DeletionBursts<Folder> {
  readonly #bursts = new Map<Folder, { since: number; count: number }>();

  /**
   * Notes that a path is gone, and says whether that is much: many files, or what may have been a folder. Of a folder the
   * editor tells in one event, whatever was in it, and the name of one seldom has an ending.
   */
  isMuch(folder: Folder, path: DiskPath): boolean {
    if (!/[^/\\.][^/\\]*\.[^/\\]+$/.test(path)) return true;
    const now = performance.now();
    let burst = this.#bursts.get(folder);
    if (!burst || now - burst.since > WINDOW_MS) this.#bursts.set(folder, (burst = { since: now, count: 0 }));
    return ++burst.count >= MANY;
  }
}
