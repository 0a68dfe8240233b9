/**
 * Changing entries, by the names that POSIX has for it. On Windows what another program holds for a moment is
 * tried again, and a read-only file is no obstacle, as it is none elsewhere. All throw the system's error.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  type Stats,
} from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { systemCode, systemError } from '../base/systemCode.ts';
import { fromSystem, toFsPath, type FsPath } from './fsPath.ts';
import { isWindows } from './system.ts';
import { whileHeld } from './whileHeld.ts';

export function mkdir(path: FsPath, mode: number): void {
  mkdirSync(path, mode);
}

/** With the folders above it that are missing; harmless where it exists. */
export function mkdirWithParents(path: FsPath, mode: number): void {
  mkdirSync(path, { recursive: true, mode });
}

export function rmdir(path: FsPath): void {
  whileHeld(() => rmdirSync(path));
}

/** Removes a folder with all that is in it; harmless where there is none. */
export function removeTree(path: FsPath): void {
  rmSync(path, { recursive: true, force: true, maxRetries: isWindows ? 5 : 0 });
}

export function unlink(path: FsPath): void {
  whileHeld(() => unlinkSync(path));
}

/** Harmless if there is nothing at the path: another process may have been faster. */
export function unlinkIfThere(path: FsPath): void {
  try {
    unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Gives an entry another name, in place of a file that has it. `EISDIR` if a folder has it and it is a file. */
export function rename(from: FsPath, to: FsPath): void {
  if (isWindows) renameOnWindows(from, to);
  else renameSync(from, to);
}

export function hardLink(existing: FsPath, path: FsPath): void {
  linkSync(existing, path);
}

export function chmod(path: FsPath, mode: number): void {
  chmodSync(path, mode);
}

/** Times in seconds, or as what Node takes for them. */
export function setTimes(path: FsPath, time: Date): void {
  utimesSync(path, time, time);
}

/** Where a symbolic link leads, as it stands in it. */
export function readlink(path: FsPath): string {
  return fromSystem(readlinkSync(path, { encoding: 'buffer' }));
}

/**
 * Makes a symbolic link. Windows wants to know whether it leads to a folder, and lets everybody make a
 * junction, which is a link to a folder by its absolute path, but links of other kinds only
 * administrators and developers. Throws `LINK-RIGHT` for those, and `ENOTSUP` where nothing came of it.
 */
export function symlink(target: string, path: FsPath): void {
  if (!isWindows) return symlinkSync(toFsPath(target), path);
  const isFolder = leadsToFolder(target, String(path));
  try {
    symlinkSync(target, path, isFolder ? (isAbsolute(target) ? 'junction' : 'dir') : 'file');
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
    throw systemError('LINK-RIGHT', 'EPERM: no right to make links', error);
  }
  // Some file systems say nothing, and make none.
  if (!lstatSync(path, { throwIfNoEntry: false })) throw unsupported();
}

/** True if two targets of links lead to the same place: on Windows either slash separates. */
export function isSameLinkTarget(a: string | undefined, b: string | undefined): boolean {
  if (a === b || !isWindows || a === undefined || b === undefined) return a === b;
  const clean = (target: string) =>
    target
      .replaceAll('/', '\\')
      .replace(/^\\\\\?\\/, '')
      .replace(/(.)\\$/, '$1');
  return clean(a) === clean(b);
}

function leadsToFolder(target: string, path: string): boolean {
  try {
    return statSync(resolve(dirname(path), target), { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

function unsupported(): Error {
  return Object.assign(new Error('ENOTSUP: the file system makes no links'), { code: 'ENOTSUP' });
}

/** Windows refuses to replace a read-only file, and says of a folder just what it says of a file that is held. */
function renameOnWindows(from: FsPath, to: FsPath): void {
  const there = look(to);
  if (there?.isDirectory() && look(from)?.isFile()) {
    throw Object.assign(new Error(`EISDIR: a folder, '${String(to)}'`), { code: 'EISDIR' });
  }
  const replace = () => whileHeld(() => renameSync(from, to));
  if (there?.isFile() && isReadOnly(there)) replaceReadOnly(String(to), there.nlink > 1, replace);
  else replace();
}

function isReadOnly({ mode }: Stats): boolean {
  return (mode & 0o200) === 0;
}

/**
 * The file has to be writable for a moment. All its names share that, so those that stay get it back by a
 * name of its own, and the file itself if it was not replaced in the end.
 */
function replaceReadOnly(path: string, hasMoreNames: boolean, replace: () => void): void {
  const another = join(dirname(path), `.cairn-${randomBytes(6).toString('hex')}`);
  const isLinked = hasMoreNames && attempt(() => (linkSync(path, another), true)) === true;
  attempt(() => chmodSync(path, 0o666));
  try {
    replace();
  } catch (error) {
    attempt(() => chmodSync(path, 0o444));
    throw error;
  } finally {
    if (isLinked) {
      attempt(() => chmodSync(another, 0o444));
      attempt(() => unlink(another));
    }
  }
}

/** Nothing for what cannot be looked at, either. */
function look(path: FsPath): Stats | undefined {
  return attempt(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** Nothing if the system refuses: what is done next will say why. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
