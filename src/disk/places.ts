import type { DiskPath } from '../base/pathKinds.ts';
import { mkdirWithParents } from './changes.ts';
import { toFsPath } from './fsPath.ts';
import { lstatExact, statExact } from './stats.ts';

/** Makes a folder of our own that no other user may look into, if it is not there, and returns it. */
export function ensureFolder(path: DiskPath): DiskPath {
  mkdirWithParents(toFsPath(path), 0o700);
  return path;
}

/** The number of the device on which a place is: the same for places in one file system. Throws the system's error. */
export function diskNumber(path: DiskPath): bigint {
  return statExact(toFsPath(path)).dev;
}

/** What is another text as soon as somebody has written to a file, or put another in its place. Throws the system's error. */
export function fileStamp(path: DiskPath): string {
  const { size, mtimeNs, ctimeNs, ino } = lstatExact(toFsPath(path));
  return [size, mtimeNs, ctimeNs, ino].join();
}
