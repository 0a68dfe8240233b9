import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { CairnError } from '../base/errors.ts';
import type { DiskPath, PathBelow } from '../base/pathKinds.ts';
import { fromSystem, toFsPath } from './fsPath.ts';
import { isWindows } from './system.ts';
import { isWindowsPath } from '../base/samePlace.ts';

/**
 * The place that a person or another program names, relative ones from `folder` on. VS Code says `c:` where
 * shells say `C:`: the letter of a drive becomes upper case, so that one place has one path.
 */
export function resolvePath(path: string, folder: DiskPath = ''): DiskPath {
  // A drive alone means its top, and not the folder in which a shell last was there.
  const named = isWindows && /^[A-Za-z]:$/.test(path) ? path + sep : path;
  return withUpperCaseDrive(resolve(folder, named));
}

/** True for a path that does not begin at the working folder: on Windows also for `C:a` and `\\a`. */
export function namesItsVolume(path: string): boolean {
  return isAbsolute(path) || (isWindows && /^[A-Za-z]:/.test(path));
}

/** What a relative path says, cleaned: how many folders up, and then down by which names. */
export function cleanRelative(path: string): { readonly ups: number; readonly names: readonly PathBelow[] } {
  const parts = withSlashes(normalize(path)).split('/');
  const names = parts.filter((name) => name !== '' && name !== '.' && name !== '..');
  return { ups: parts.filter((name) => name === '..').length, names };
}

/** The path with the letter of its drive, if it begins with one, in upper case. */
export function withUpperCaseDrive(path: string): DiskPath {
  return isWindows && /^[a-z]:/.test(path) ? path[0]!.toUpperCase() + path.slice(1) : path;
}

/** An absolute path with its symbolic links resolved, as far as it exists; the rest is kept as it is. */
export function resolveLinks(path: DiskPath): DiskPath {
  try {
    return withUpperCaseDrive(fromSystem(realpathSync.native(toFsPath(path), 'buffer')));
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(resolveLinks(parent), basename(path));
  }
}

/**
 * The way from `parent` down to `child`, empty if they are the same place, nothing if it is not
 * inside. Both are absolute; links are resolved first, so the answer is about places, not names.
 */
export function pathInside(parent: DiskPath, child: DiskPath): PathBelow | undefined {
  return wayBelow(resolveLinks(parent), resolveLinks(child));
}

/** Whether a path is a folder or lies in it, by their text alone. */
export function isInside(path: DiskPath, folder: DiskPath): boolean {
  return !isOutside(relative(folder, path));
}

/** The path of an entry of a folder. */
export function joinName(folder: DiskPath, name: PathBelow): DiskPath {
  return folder.endsWith(sep) ? folder + name : folder + sep + name;
}

/** The place at the end of a way down from a folder; either may be empty. */
export function joinPath(folder: DiskPath, below: PathBelow): DiskPath {
  if (below === '' || folder === '') return folder + below;
  const separator = separatorOf(folder);
  const way = separator === '/' ? below : below.replaceAll('/', separator);
  return folder.endsWith(separator) ? folder + way : folder + separator + way;
}

/** The separator of a path, which may be one of another system that a snapshot has recorded. */
function separatorOf(path: DiskPath): string {
  if (path.startsWith('/')) return '/';
  return isWindowsPath(path) ? '\\' : sep;
}

/** The way from a folder down to a place in it, by their text alone; nothing if it is not in it. */
export function wayBelow(folder: DiskPath, path: DiskPath): PathBelow | undefined {
  const way = relative(folder, path);
  return isOutside(way) ? undefined : withSlashes(way);
}

/** The names on the way from a folder down to a path in it, by their text alone. */
export function namesBelow(folder: DiskPath, path: DiskPath): PathBelow[] {
  const way = wayBelow(folder, path);
  if (way === undefined) throw new CairnError('internal', `${path} is not inside ${folder}.`);
  return way.split('/').filter((name) => name !== '');
}

/** The folder in which a place lies; that of the top of a file system is itself. */
export function parentFolder(path: DiskPath): DiskPath {
  return dirname(path);
}

/** The last name of a path. */
export function lastName(path: DiskPath): PathBelow {
  return basename(path);
}

/** True for a path that says by itself which place it means. */
export function isAbsolutePath(path: string): boolean {
  return isAbsolute(path);
}

/** The path with `/` as separator, as patterns are written. */
export function withSlashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** The names of an absolute path; first what stands before the first separator, which is nothing, or a drive. */
export function splitPath(path: DiskPath): string[] {
  if (!isAbsolute(path)) throw new CairnError('internal', `"${path}" is not an absolute path.`);
  const names = path.split(sep);
  return names.at(-1) === '' ? names.slice(0, -1) : names;
}

/** The top of a file system, by the first part of {@link splitPath}. */
export function topFolder(first: string): DiskPath {
  return first + sep;
}

function isOutside(relativePath: string): boolean {
  return relativePath === '..' || relativePath.startsWith(`..${sep}`) || isAbsolute(relativePath);
}
