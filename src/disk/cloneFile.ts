import { constants, copyFileSync, openSync } from 'node:fs';
import type { FsPath } from './fsPath.ts';
import { isLinux } from './system.ts';

/** True where files can be cloned, if the file system can do it. */
export const canCloneFiles = isLinux;

/**
 * Makes a new file that shares its content with an open one, as that is at one instant, and opens it for
 * reading. Throws the system's error, as where the file system cannot do that.
 */
export function cloneFile(source: number, path: FsPath): number {
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE, O_RDONLY, O_NOFOLLOW } = constants;
  copyFileSync(`/proc/self/fd/${source}`, path, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE);
  return openSync(path, O_RDONLY | O_NOFOLLOW);
}
