import { copyFileSync, constants } from 'node:fs';
import type { DiskPath } from '../base/pathKinds.ts';
import { chmod, rename, unlinkIfThere } from './changes.ts';
import { toFsPath } from './fsPath.ts';
import { syncEntry } from './syncEntry.ts';

/**
 * Copies a file; it appears whole under its name, or not at all. Its folder is to be synced afterwards. Throws the
 * system's error.
 */
export async function copyFileDurably(from: DiskPath, to: DiskPath, mode: number): Promise<void> {
  const temporary = toFsPath(`${to}-tmp-${'0'.repeat(16)}`);
  unlinkIfThere(temporary);
  try {
    copyFileSync(toFsPath(from), temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await syncEntry(temporary, false);
    chmod(temporary, mode);
    rename(temporary, toFsPath(to));
  } catch (error) {
    unlinkIfThere(temporary);
    throw error;
  }
}
