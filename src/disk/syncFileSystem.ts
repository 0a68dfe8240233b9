import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DiskPath } from '../base/pathKinds.ts';
import { isLinux } from './system.ts';

const execFileAsync = promisify(execFile);

/** Makes all of a file system durable by the program `sync` of the GNU system; false if there is none. */
export async function syncFileSystem(folder: DiskPath): Promise<boolean> {
  if (!isLinux || !folder.isWellFormed()) return false;
  try {
    await execFileAsync('sync', ['--file-system', folder]);
    return true;
  } catch {
    return false;
  }
}
