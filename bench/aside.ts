import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** What an input and the work on it may take beside what is set aside. Bytes. */
const ROOM = 20e9;

/**
 * Takes what is of no more use, and keeps it while there is room. ext4 does not use inodes again that were deleted
 * within the last minutes, and looks at each of them anew for every file that is made: after 80,000 files were
 * deleted, `cp -a` of as many takes nine times as long as before, and so does every restore.
 */
export class Aside {
  readonly #folder: string;
  #next = 0;

  constructor(workFolder: string) {
    this.#folder = join(workFolder, 'aside');
    mkdirSync(this.#folder);
  }

  /** Puts away a file or folder of the same file system; harmless if it is not there. */
  take(path: string): void {
    if (existsSync(path)) renameSync(path, join(this.#folder, String(this.#next++)));
    const { bavail, bsize } = statfsSync(this.#folder);
    if (bavail * bsize >= ROOM) return;
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name), { recursive: true, force: true });
  }
}
