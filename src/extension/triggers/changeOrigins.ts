import type { DiskPath } from '../../base/pathKinds.ts';

/** A save may be heard of a second time, as a change of the file, within so long. Milliseconds. */
const ECHO_MS = 60_000;
/** Of more paths than these nobody asks whose they are. */
const MOST_PATHS = 200;

/** Paths that were noted for a backup. */
export type NotedPaths = ReadonlySet<DiskPath>;

/**
 * Tells what the editor itself saved from what somebody else changed. A save is heard of as a change, too, before or
 * after and more than once, so what decides is whether the file was written after the editor saved it. Where that is
 * not sure, it was somebody else.
 */
export class ChangeOrigins<Folder> {
  readonly #readTime: (path: DiskPath) => Promise<number>;
  /** When the editor saved a file, in milliseconds since 1970. */
  readonly #saved = new Map<DiskPath, number>();
  readonly #noted = new Map<Folder, Set<DiskPath>>();

  /** @param readTime tells when a file was last written, in milliseconds since 1970; throws if it is gone. */
  constructor(readTime: (path: DiskPath) => Promise<number>) {
    this.#readTime = readTime;
  }

  /** The editor has just saved a file. */
  noteSave(folder: Folder, path: DiskPath): void {
    const now = Date.now();
    for (const [other, at] of this.#saved) if (now - at > ECHO_MS) this.#saved.delete(other);
    this.#saved.set(path, now);
    this.noteChange(folder, path);
  }

  /** A file changed, by whomever. */
  noteChange(folder: Folder, path: DiskPath): void {
    const noted = this.#noted.get(folder);
    if (!noted) this.#noted.set(folder, new Set([path]));
    else if (noted.size <= MOST_PATHS) noted.add(path);
  }

  /** What was noted since this was last asked. */
  take(folder: Folder): NotedPaths {
    const noted = this.#noted.get(folder);
    this.#noted.delete(folder);
    return noted ?? new Set();
  }

  /** Takes back what was taken for a backup that failed. */
  giveBack(folder: Folder, noted: NotedPaths): void {
    for (const path of noted) this.noteChange(folder, path);
  }

  /** Whether all that was noted is as the editor saved it. */
  async areSaves(noted: NotedPaths): Promise<boolean> {
    if (noted.size === 0 || noted.size > MOST_PATHS) return false;
    const answers = await Promise.all([...noted].map((path) => this.#isSave(path)));
    return answers.every((isSave) => isSave);
  }

  async #isSave(path: DiskPath): Promise<boolean> {
    const at = this.#saved.get(path);
    if (at === undefined) return false;
    return this.#readTime(path).then(
      (time) => time <= at,
      () => false,
    );
  }
}
