import type { DiskPath } from '../../base/pathKinds.ts';
import { isInside, joinName, parentFolder } from '../../disk/paths.ts';

/** Where the files are that a backup found new, changed or removed: the only one, or the folder that has all of them. */
export class ChangedPlace {
  #path: DiskPath | undefined;
  /** With what begins whatever is in it: nearly all paths are told by that. */
  #prefix = '';
  #isEverywhere = false;

  /** A file differs, or all files of a folder that is gone do. */
  note(path: DiskPath): void {
    if (this.#isEverywhere || (this.#path !== undefined && path.startsWith(this.#prefix))) return;
    this.#path ??= path;
    while (!this.#isEverywhere && !isInside(path, this.#path)) {
      const above = parentFolder(this.#path);
      // Nothing is above the drives of Windows.
      this.#isEverywhere = above === this.#path;
      this.#path = above;
    }
    this.#prefix = joinName(this.#path, '');
  }

  /** Absent if there is none, or no folder has them all. */
  get path(): DiskPath | undefined {
    return this.#isEverywhere ? undefined : this.#path;
  }
}
