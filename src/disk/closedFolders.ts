/**
 * Folders without write permission: whoever removes trees with the same rights (`rm -rf`, `find -delete`) cannot take
 * a name out of them. They are opened for the moment of a change, and are open to others for as long. Modes bind
 * everybody but root. All throw the system's error.
 */
import type { DiskPath } from '../base/pathKinds.ts';
import { systemCode } from '../base/systemCode.ts';
import { chmod, mkdir, mkdirWithParents, rmdir } from './changes.ts';
import { toFsPath } from './fsPath.ts';
import { parentFolder } from './paths.ts';
import { lstatIfThere } from './stats.ts';

const CLOSED = 0o500;
const OPEN = 0o700;
/** So often another process may close a folder while this one has it open. */
const MOST_ATTEMPTS = 20;

/** Changes what is in closed folders. `change` runs again if another process closed one of them meanwhile. */
export function whileOpen<T>(folders: readonly DiskPath[], change: () => T): T {
  try {
    for (let attempt = 1; ; attempt++) {
      for (const folder of folders) chmod(toFsPath(folder), OPEN);
      try {
        return change();
      } catch (error) {
        if (systemCode(error) !== 'EACCES' || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  } finally {
    for (const folder of folders) closeFolder(folder);
  }
}

/** Takes the write permission from a folder; harmless where there is none, or nobody may. */
export function closeFolder(folder: DiskPath): void {
  try {
    chmod(toFsPath(folder), CLOSED);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** Whether a folder may be written to. False where there is none. */
export function isOpenFolder(folder: DiskPath): boolean {
  const stats = lstatIfThere(toFsPath(folder));
  return stats !== undefined && (stats.mode & 0o222) !== 0;
}

/** Makes a closed folder, and those between `top` and it; the folder of `top` is one like any other. Harmless if it exists. */
export function makeClosedFolder(top: DiskPath, folder: DiskPath): void {
  if (lstatIfThere(toFsPath(folder))?.isDirectory()) return;
  const parent = parentFolder(folder);
  if (folder === top) {
    mkdirWithParents(toFsPath(parent), OPEN);
    makeOnce(folder);
  } else {
    makeClosedFolder(top, parent);
    whileOpen([parent], () => makeOnce(folder));
  }
}

/** Removes an empty closed folder from a closed one. Harmless if it is gone or not empty. */
export function removeClosedFolder(folder: DiskPath): void {
  try {
    whileOpen([parentFolder(folder)], () => rmdir(toFsPath(folder)));
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  }
}

function makeOnce(folder: DiskPath): void {
  try {
    mkdir(toFsPath(folder), CLOSED);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
