import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../base/abort.ts';
import { CairnError } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import { displayPath } from '../base/rawName.ts';
import { statIfThere } from '../disk/stats.ts';
import { unlink, setTimes } from '../disk/changes.ts';
import { closeFile, openNew } from '../disk/openFile.ts';
import { toFsPath } from '../disk/fsPath.ts';
import { isWindows } from '../disk/system.ts';

/** Whoever works under the lock touches the file, if that takes long: one of this age was left behind. Milliseconds. */
const LEFT_BEHIND_MS = 10_000;
const TOUCH_MS = 2_500;
const LONGEST_WAIT_MS = 30_000;
const PAUSE_MS = 10;

export interface LockFileOptions {
  /** How long to wait for another's work, in milliseconds; 30 seconds unless stated. */
  readonly longestWait?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs work while no other process or thread runs its own under the same lock file. The work must give
 * way to timers at least every few seconds. The folder must exist.
 * Throws `locked` after the longest wait, `aborted`, and what the file system throws.
 */
export async function withLockFile<T>(
  path: string,
  work: () => Promise<T>,
  { longestWait = LONGEST_WAIT_MS, signal }: LockFileOptions = {},
): Promise<T> {
  const began = performance.now();
  while (!createFile(path)) {
    throwIfAborted(signal);
    if (isLeftBehind(path)) removeFile(path);
    else if (performance.now() - began >= longestWait) {
      throw new CairnError('locked', `${displayPath(path)} does not go away. If no Cairn is running, remove it.`);
    } else await sleep(PAUSE_MS * (1 + Math.random()));
  }
  const touching = setInterval(() => touchFile(path), TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    removeFile(path);
  }
}

function createFile(path: string): boolean {
  try {
    closeFile(openNew(toFsPath(path), 0o600));
    return true;
  } catch (error) {
    // Windows says EPERM of a file that is being removed.
    const code = systemCode(error);
    if (code === 'EEXIST' || (code === 'EPERM' && isWindows)) return false;
    throw error;
  }
}

function isLeftBehind(path: string): boolean {
  const stats = statIfThere(toFsPath(path));
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) > LEFT_BEHIND_MS;
}

function touchFile(path: string): void {
  try {
    setTimes(toFsPath(path), new Date());
  } catch {
    // Somebody took it for left behind; whatever was written meanwhile is complete in itself.
  }
}

function removeFile(path: string): void {
  try {
    unlink(toFsPath(path));
  } catch {
    // Somebody else removed it, or nobody can; who waits for it says so.
  }
}
