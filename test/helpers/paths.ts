import { relative, sep } from 'node:path';

/** The way from a folder to a place in it, with `/` on every system, as tests write it. Empty for the folder itself. */
export function pathBelow(folder: string, path: string): string {
  return withSlashes(relative(folder, path));
}

/** A path with `/` on every system. */
export function withSlashes(path: string): string {
  return path.replaceAll(sep, '/');
}

/** What a snapshot's tree calls an absolute place of the disk: `/C/Users` is `C:\\Users`. */
export function inTree(path: string): string {
  return `/${withSlashes(path)
    .replace(/^([A-Za-z]):/, '$1')
    .split('/')
    .filter(Boolean)
    .join('/')}`;
}
