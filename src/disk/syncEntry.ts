import { systemCode } from '../base/systemCode.ts';
import type { FsPath } from './fsPath.ts';
import { closeFile, openToSync, syncFile } from './openFile.ts';
import { isWindows } from './system.ts';

/** What says that something was not made durable; all else, that this cannot be done here. */
const lost: ReadonlySet<string | undefined> = new Set(['EIO', 'ENOSPC', 'EDQUOT']);

/** Makes the content of an open file durable. Throws `EIO`, `ENOSPC` or `EDQUOT` if that fails. */
export async function syncOpenFile(fd: number): Promise<void> {
  try {
    await syncFile(fd);
  } catch (error) {
    if (lost.has(systemCode(error))) throw error;
  }
}

/**
 * Makes a file durable, or what names a folder has: Windows has no such call for folders. Throws as {@link syncOpenFile}.
 * What is gone, or may not be read by its owner, is as durable as can be.
 */
export async function syncEntry(path: FsPath, isFolder: boolean): Promise<void> {
  if (isWindows && isFolder) return;
  let fd: number | undefined;
  try {
    fd = openToSync(path, isFolder);
    await syncFile(fd);
  } catch (error) {
    if (lost.has(systemCode(error))) throw error;
  } finally {
    if (fd !== undefined) closeFile(fd);
  }
}
