/**
 * The one translation between paths of a disk and paths of a snapshot's tree, by restic's rules (format notes
 * 6.1): the volume comes first, of a drive its letter without the colon, of a share `\\server\share` whole.
 * Which rules hold is told by the path, not by this system: snapshots are looked at on other systems, too.
 */
import type { DiskPath, PathBelow } from '../base/pathKinds.ts';
import { isWindows } from './system.ts';
import { isWindowsPath } from '../base/samePlace.ts';

const drive = /^([A-Za-z]):(?=[\\/]|$)/;
const share = /^[\\/]{2}[^\\/]+[\\/]+[^\\/]+/;

/** True for an absolute path of this kind of system. */
export function isOfThisSystem(path: string, windows = isWindows): boolean {
  return isWindowsPath(path) === windows;
}

/** True for `/…`, and for `C:\…` and `\\server\share` as Windows has them, on any system. */
export function isAbsoluteAnywhere(path: string): boolean {
  return path.startsWith('/') || isWindowsPath(path);
}

/**
 * The names of a path as a tree has them, cleaned of `.`, `..` and empty ones. `windows`: either slash
 * separates. A path without a volume gives just its names.
 */
export function treeNamesOf(path: string, windows = isWindowsPath(path)): PathBelow[] {
  if (!windows) return clean(path.split('/'));
  const [volume = ''] = drive.exec(path) ?? share.exec(path) ?? [];
  const names = clean(path.slice(volume.length).split(/[\\/]/));
  return volume === '' ? names : [volumeName(volume), ...names];
}

function volumeName(volume: string): string {
  return volume.endsWith(':') ? volume.slice(0, -1) : volume.replaceAll('/', '\\');
}

function clean(parts: readonly string[]): string[] {
  const names: string[] = [];
  for (const part of parts) {
    if (part === '..') names.pop();
    else if (part !== '' && part !== '.') names.push(part);
  }
  return names;
}

/** What is above all drives on Windows, and is no place on the disk. */
export const allDrives: DiskPath = '';

/**
 * Where the names of an absolute path of a tree lead on this system. Without names that is `/`, or on Windows
 * {@link allDrives}. Nothing on Windows if the first name is no volume.
 */
export function diskPathOf(names: readonly PathBelow[], windows = isWindows): DiskPath | undefined {
  if (!windows) return `/${names.join('/')}`;
  const [volume, ...below] = names;
  if (volume === undefined) return allDrives;
  if (/^[A-Za-z]$/.test(volume)) return `${volume.toUpperCase()}:\\${below.join('\\')}`;
  return /^\\\\[^\\]+\\[^\\]+$/.test(volume)
    ? [volume, ...below].join('\\') + (below.length === 0 ? '\\' : '')
    : undefined;
}
