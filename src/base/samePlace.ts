import type { DiskPath } from './pathKinds.ts';

/** True for a path that only Windows has: with a drive, or on a share. */
export function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:(?=[\\/]|$)/.test(path) || /^\\\\[^\\/]+[\\/]+[^\\/]+/.test(path);
}

/** True if two paths mean the same place by their text. */
export function isSamePlace(a: DiskPath, b: DiskPath): boolean {
  return a === b || placeKey(a) === placeKey(b);
}

/** True if a list has a path that means the same place. */
export function hasPlace(paths: readonly DiskPath[], path: DiskPath): boolean {
  return paths.includes(path) || paths.some((other) => isSamePlace(other, path));
}

/**
 * What two paths of disks have in common exactly if they mean the same place by their text: on Windows the
 * case of letters and the kind of slash do not count.
 */
export function placeKey(path: DiskPath): string {
  return isWindowsPath(path)
    ? path
        .replaceAll('/', '\\')
        .toLowerCase()
        .replace(/(?<=[^:])\\$/, '')
    : path;
}
