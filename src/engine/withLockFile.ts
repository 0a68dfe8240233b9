import { closeSync, openSync, statSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CairnError, systemCode } from '../base/errors.ts';
import { displayPath, toFsPath } from '../base/rawName.ts';

/** Work under the lock takes milliseconds: a file of this age was left behind. Milliseconds. */
const LEFT_BEHIND_MS = 10_000;
const LONGEST_WAIT_MS = 30_000;
const PAUSE_MS = 10;

/**
 * Runs a short piece of work while no other process or thread runs its own under the same lock file.
 * The folder must exist. Throws `locked` after 30 seconds, and what the file system throws.
 */
export async function withLockFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  while (!createFile(path)) {
    if (performance.now() - began > LONGEST_WAIT_MS) {
      throw new CairnError('locked', `${displayPath(path)} does not go away. If no Cairn is running, remove it.`);
    }
    if (isLeftBehind(path)) removeFile(path);
    else await sleep(PAUSE_MS * (1 + Math.random()));
  }
  try {
    return await work();
  } finally {
    removeFile(path);
  }
}

function createFile(path: string): boolean {
  try {
    closeSync(openSync(toFsPath(path), 'wx', 0o600));
    return true;
  } catch (error) {
    // Windows says EPERM of a file that is being removed.
    const code = systemCode(error);
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw error;
  }
}

function isLeftBehind(path: string): boolean {
  const stats = statSync(toFsPath(path), { throwIfNoEntry: false });
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) > LEFT_BEHIND_MS;
}

function removeFile(path: string): void {
  try {
    unlinkSync(toFsPath(path));
  } catch {
    // Somebody else removed it, or nobody can; who waits for it says so.
  }
}
