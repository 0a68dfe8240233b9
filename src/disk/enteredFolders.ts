/**
 * Reaching folders below a destination without ever following a symbolic link there. On Linux a folder is
 * opened level by level, each level refusing a link, and `/proc/self/fd/N` stands for it from then on: what
 * is done through it happens in that very folder, whatever is put in its place meanwhile, and no path is
 * ever too long. Elsewhere each level is looked at just before it is used.
 */
import { closeSync, constants, existsSync, lstatSync, openSync } from 'node:fs';
import { sep } from 'node:path';
import type { DiskPath, PathBelow } from '../base/pathKinds.ts';
import { toFsPath, type FsPath } from './fsPath.ts';
import { joinName } from './paths.ts';
import { withReachablePath } from './reachablePath.ts';
import { isLinux } from './system.ts';

/** Where a folder is. */
export interface FolderPlace {
  /** Absolute; links in it are followed, since a person named it. */
  readonly root: DiskPath;
  /** Below the root, names joined by `/`; empty for the root itself. No level of it may be a link. */
  readonly path: PathBelow;
}

/** A folder that was reached safely. To be used at once: it is valid until some sixty others are entered. */
export interface EnteredFolder {
  /** An entry of the folder, or the folder itself for the empty name. */
  at(name: PathBelow): FsPath;
  /** Absent where folders are not held open. */
  readonly fd: number | undefined;
}

/** How folders are reached: `descriptor` where the system can, else `path`. */
export type ReachMode = 'descriptor' | 'path';

/** Linux: opens a place in the file system without asking for a right to read. Node does not name it. */
const O_PATH = 0o10000000;
const FOLDER_FLAGS = O_PATH | (constants.O_DIRECTORY ?? 0);
/** So many folders are kept open. */
const MAX_OPEN = 64;

/** The way this system offers. */
function defaultReachMode(): ReachMode {
  return isLinux && existsSync('/proc/self/fd') ? 'descriptor' : 'path';
}

/** Enters folders, and remembers those entered last. Must be closed. */
export class DestinationFolders {
  readonly #mode: ReachMode;
  /** By root and path; the one used last stands last. */
  readonly #open = new Map<string, number>();

  constructor(mode: ReachMode = defaultReachMode()) {
    this.#mode = mode;
  }

  /**
   * Enters a folder. Throws the system's error: `ENOENT` if it is missing, `ENOTDIR` or `ELOOP` if it or a
   * level above it is no folder but, say, a symbolic link.
   */
  enter(place: FolderPlace): EnteredFolder {
    return this.#mode === 'descriptor' ? this.#enterByDescriptor(place) : enterByPath(place);
  }

  /** Forgets a folder that is about to be removed or replaced, and all below it. */
  forget({ root, path }: FolderPlace): void {
    const key = keyOf(root, path);
    const below = path === '' ? key : `${key}/`;
    for (const [other, fd] of this.#open) {
      if (other !== key && !other.startsWith(below)) continue;
      this.#open.delete(other);
      closeSync(fd);
    }
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #enterByDescriptor({ root, path }: FolderPlace): EnteredFolder {
    const key = keyOf(root, path);
    const known = this.#open.get(key);
    if (known !== undefined) {
      this.#open.delete(key);
      this.#open.set(key, known);
      return enteredFolder(`/proc/self/fd/${known}`, '/', known);
    }
    let end = path.length;
    let fd: number | undefined;
    while (end > 0 && fd === undefined) {
      end = Math.max(path.lastIndexOf('/', end - 1), 0);
      fd = this.#open.get(keyOf(root, path.slice(0, end)));
    }
    fd ??= this.#remember(keyOf(root, ''), openRoot(root));
    while (end < path.length) {
      const start = end === 0 ? 0 : end + 1;
      const next = path.indexOf('/', start);
      end = next < 0 ? path.length : next;
      const inside = toFsPath(`/proc/self/fd/${fd}/${path.slice(start, end)}`);
      fd = this.#remember(keyOf(root, path.slice(0, end)), openSync(inside, FOLDER_FLAGS | constants.O_NOFOLLOW));
    }
    return enteredFolder(`/proc/self/fd/${fd}`, '/', fd);
  }

  #remember(key: string, fd: number): number {
    this.#open.set(key, fd);
    if (this.#open.size > MAX_OPEN) {
      const [oldest, oldFd] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      closeSync(oldFd);
    }
    return fd;
  }
}

function keyOf(root: string, path: string): string {
  return `${root}\0${path}`;
}

function openRoot(root: string): number {
  return withReachablePath(root, (reachable) => openSync(reachable, FOLDER_FLAGS));
}

function enteredFolder(folder: string, separator: string, fd: number | undefined): EnteredFolder {
  const start = folder.endsWith(separator) ? folder : folder + separator;
  return { fd, at: (name) => toFsPath(name === '' ? folder : start + name) };
}

/**
 * Opens an entry of a folder that is held open, to stand for it, without a right to read it; the folder itself
 * for the empty name. A link is not followed. To be closed.
 */
export function openPlace(folder: EnteredFolder, name: PathBelow): number {
  // Without a name it is the folder by its descriptor, which is no link to be refused.
  return openSync(folder.at(name), name === '' ? O_PATH : O_PATH | constants.O_NOFOLLOW);
}

function enterByPath({ root, path }: FolderPlace): EnteredFolder {
  let folder = root;
  for (const name of path === '' ? [] : path.split('/')) {
    folder = joinName(folder, name);
    if (!lstatSync(toFsPath(folder)).isDirectory()) {
      throw Object.assign(new Error(`ENOTDIR: not a folder, '${folder}'`), { code: 'ENOTDIR' });
    }
  }
  if (path === '') lstatSync(toFsPath(folder));
  return enteredFolder(folder, sep, undefined);
}

/** The folder that holds an entry, and the entry's name, for a path below `place`. */
export function splitPlace(place: FolderPlace, below: PathBelow): { folder: FolderPlace; name: PathBelow } {
  const cut = below.lastIndexOf('/');
  if (cut < 0) return { folder: place, name: below };
  const path = place.path === '' ? below.slice(0, cut) : `${place.path}/${below.slice(0, cut)}`;
  return { folder: { root: place.root, path }, name: below.slice(cut + 1) };
}
