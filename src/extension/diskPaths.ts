/**
 * Paths of disks, by their text alone. Which rules hold is told by each path and not by this machine, since
 * snapshots recorded on Windows are looked at on other systems, and the reverse. Paths are absolute and cleaned.
 */
import { posix, win32 } from 'node:path';
import type { DiskPath, PathBelow } from '../base/pathKinds.ts';
import { isWindowsPath } from '../base/samePlace.ts';

/** The place of a file of the editor, which writes the letter of a drive in lower case, and the engine in upper case. */
export function pathOf({ fsPath }: { readonly fsPath: string }): DiskPath {
  return fsPath.replace(/^[a-z](?=:)/, (drive) => drive.toUpperCase());
}

/** The last name of a path; empty for the top of a file system. */
export function lastName(path: DiskPath): PathBelow {
  return styleOf(path).basename(path);
}

/** The folder in which a place lies; that of the top of a file system is itself. */
export function parentFolder(path: DiskPath): DiskPath {
  return styleOf(path).dirname(path);
}

/** The place to which a name, or a way of several, leads from a folder. */
export function joinPath(folder: DiskPath, below: PathBelow): DiskPath {
  return below === '' ? folder : styleOf(folder).join(folder, below);
}

/** The way from a folder down to a place in it; nothing if it is not in it. */
export function wayBelow(folder: DiskPath, path: DiskPath): PathBelow | undefined {
  const outer = namesOf(folder);
  const inner = namesOf(path);
  const foldsCase = isWindowsPath(folder);
  if (foldsCase !== isWindowsPath(path)) return undefined;
  const isSame = (a: string, b = '') => a === b || (foldsCase && a.toLowerCase() === b.toLowerCase());
  return outer.every((name, at) => isSame(name, inner[at])) ? inner.slice(outer.length).join('/') : undefined;
}

/** The names on the way from a folder down to a place in it; none if it is not in it. */
export function namesBelow(folder: DiskPath, path: DiskPath): PathBelow[] {
  return (wayBelow(folder, path) ?? '').split('/').filter((name) => name !== '');
}

/** True if a place is the folder or lies in it. */
export function isInside(path: DiskPath, folder: DiskPath): boolean {
  return wayBelow(folder, path) !== undefined;
}

/** Where the first name in the tree of a snapshot leads. `windows`: it was recorded there, so that is a volume. */
export function topFolder(name: PathBelow, windows: boolean): DiskPath {
  if (windows && /^[A-Za-z]$/.test(name)) return `${name.toUpperCase()}:\\`;
  return windows && name.startsWith('\\\\') ? `${name}\\` : `/${name}`;
}

function styleOf(path: string): typeof posix {
  return isWindowsPath(path) ? win32 : posix;
}

function namesOf(path: string): string[] {
  return path.split(isWindowsPath(path) ? /[\\/]/ : '/').filter((name) => name !== '');
}
