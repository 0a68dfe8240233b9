import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { CairnError } from '../base/errors.ts';
import { decodeRaw, toFsPath } from '../base/rawName.ts';

/** An absolute path with its symbolic links resolved, as far as it exists; the rest is kept as it is. */
export function resolveLinks(path: string): string {
  try {
    return decodeRaw(realpathSync.native(toFsPath(path), 'buffer'));
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(resolveLinks(parent), basename(path));
  }
}

/**
 * The path of `child` relative to `parent`, empty if they are the same place, nothing if it is not
 * inside. Both are absolute; links are resolved first, so the answer is about places, not names.
 */
export function pathInside(parent: string, child: string): string | undefined {
  const path = relative(resolveLinks(parent), resolveLinks(child));
  return isOutside(path) ? undefined : path;
}

/** The path of an entry of a folder. */
export function joinName(folder: string, name: string): string {
  return folder.endsWith(sep) ? folder + name : folder + sep + name;
}

/** The names on the way from a folder down to a path in it, by their text alone. */
export function namesBelow(folder: string, path: string): string[] {
  const way = relative(folder, path);
  if (isOutside(way)) throw new CairnError('internal', `${path} is not inside ${folder}.`);
  return way.split(sep).filter((name) => name !== '');
}

/** The path with `/` as separator, as patterns are written. */
export function withSlashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

function isOutside(relativePath: string): boolean {
  return relativePath === '..' || relativePath.startsWith(`..${sep}`) || isAbsolute(relativePath);
}
