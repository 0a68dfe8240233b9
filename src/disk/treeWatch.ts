import { lstatSync, watch, type FSWatcher } from 'node:fs';
import type { DiskPath } from '../base/pathKinds.ts';
import { systemCode } from '../base/systemCode.ts';
import { listEntries } from './folders.ts';
import { fromSystem, toFsPath } from './fsPath.ts';
import { isInside, joinName, joinPath } from './paths.ts';
import { isMac, isWindows } from './system.ts';

/** What {@link TreeWatch} is used with. */
export interface TreeWatchOptions {
  /** Whether nothing in a folder matters. Asked once of each folder that is found. */
  readonly isLeftOut: (folder: DiskPath) => boolean;
  /** At a path, or anywhere below it, something may have changed. */
  readonly onChange: (path: DiskPath, isGone: boolean) => void;
  /** From now on, changes of some folders are not heard of; the sentence says why. Called once. */
  readonly onTrouble: (message: string) => void;
}

/** These watch a whole tree by one handle. Elsewhere Node would take one for each file. */
const watchesTrees = isWindows || isMac;

/**
 * Hears of changes in a folder and all below it, but for what is left out. What happens in a new folder before that is
 * watched, too, comes as a change of that folder. Throws the system's error if the folder cannot be watched at all.
 */
export class TreeWatch {
  readonly #root: DiskPath;
  readonly #options: TreeWatchOptions;
  /** By folder. */
  readonly #watchers = new Map<DiskPath, FSWatcher>();
  #isTroubled = false;
  #isClosed = false;

  constructor(root: DiskPath, options: TreeWatchOptions) {
    this.#root = root;
    this.#options = options;
    this.#watch(root);
    if (!watchesTrees) this.#enter(root);
  }

  /** Looks for folders that are not watched yet, as after a change of what is left out. */
  refresh(): void {
    if (!watchesTrees && !this.#isClosed) this.#enter(this.#root);
  }

  close(): void {
    this.#isClosed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches the folders in a folder that is watched. */
  #enter(folder: DiskPath): void {
    const waiting = [folder];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const below of this.#foldersIn(at)) {
        if (this.#options.isLeftOut(below)) continue;
        if (this.#watchers.has(below) || this.#tryToWatch(below)) waiting.push(below);
      }
    }
  }

  #foldersIn(folder: DiskPath): DiskPath[] {
    try {
      return listEntries(toFsPath(folder)).flatMap(({ name, isFolder }) => (isFolder ? joinName(folder, name) : []));
    } catch {
      // It is gone by now, or nobody may read it, which a backup tells.
      return [];
    }
  }

  #tryToWatch(folder: DiskPath): boolean {
    try {
      this.#watch(folder);
      return true;
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOSPC' || code === 'EMFILE') this.#tellTrouble(code);
      return false;
    }
  }

  #watch(folder: DiskPath): void {
    const options = { encoding: 'buffer', recursive: watchesTrees } as const;
    const watcher = watch(toFsPath(folder), options, (kind, name) => {
      if (this.#watchers.get(folder) === watcher) this.#hear(folder, kind === 'rename', name);
    });
    watcher.on('error', () => this.#drop(folder));
    this.#watchers.set(folder, watcher);
  }

  #hear(folder: DiskPath, mayComeOrGo: boolean, name: Buffer | null): void {
    // Windows does not say what changed where too much did.
    if (name === null) return this.#options.onChange(folder, false);
    const path = watchesTrees ? joinPath(folder, fromSystem(name)) : joinName(folder, fromSystem(name));
    const stats = mayComeOrGo ? lstatIfThere(path) : undefined;
    const isGone = mayComeOrGo && !stats;
    if (!watchesTrees && mayComeOrGo) {
      // A folder that was replaced has another handle.
      this.#drop(path);
      if (stats?.isDirectory() && !this.#options.isLeftOut(path) && this.#tryToWatch(path)) this.#enter(path);
    }
    this.#options.onChange(path, isGone);
  }

  /** Forgets a folder, and all below it. */
  #drop(folder: DiskPath): void {
    if (!this.#watchers.has(folder)) return;
    for (const [path, watcher] of this.#watchers) {
      if (!isInside(path, folder)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }

  #tellTrouble(code: string): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    const limit = code === 'ENOSPC' ? 'fs.inotify.max_user_watches' : 'fs.inotify.max_user_instances';
    this.#options.onTrouble(
      `The system watches no more folders for this user, so changes in some of ${this.#root} are only found when everything is looked at. Raise ${limit} (sysctl), or leave out more.`,
    );
  }
}

function lstatIfThere(path: DiskPath) {
  try {
    return lstatSync(toFsPath(path), { throwIfNoEntry: false });
  } catch {
    // It cannot be reached: whoever looks at it says so.
    return undefined;
  }
}
