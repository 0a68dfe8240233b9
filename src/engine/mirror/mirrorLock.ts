import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import {
  currentProcessIdentity,
  isSurelyDead,
  type ProcessIdentity,
  isThisThread,
} from '../../disk/processIdentity.ts';
import { displayPath } from '../../base/rawName.ts';
import { joinPath, resolveLinks } from '../../disk/paths.ts';
import { readPlainFile } from '../../disk/plainFile.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import { unlink } from '../../disk/changes.ts';
import { closeFile, openNew } from '../../disk/openFile.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { writeAll } from '../../disk/writeWithHoles.ts';

/** Says in a destination which process is at work there: two would take each other's half-written files for left ones. */
export const LOCK_NAME = '.cairn-mirror.lock';
const LARGEST_LOCK = 4096;

/** A lock without an owner is one that is being written, or whose writing was cut off. Milliseconds. */
const WRITING_MS = 10_000;
/** Those that this thread holds. */
const held = new Set<string>();

/**
 * Claims a destination for this process, and returns what gives it back. A claim of a process that is
 * surely dead is replaced, and so is one of this process that it lost, say with a thread that crashed.
 * Throws `locked`, and what the file system throws.
 */
export function lockMirror(destination: string): () => void {
  const path = resolveLinks(joinPath(destination, LOCK_NAME));
  for (let attempt = 0; ; attempt++) {
    try {
      createLock(path);
      held.add(path);
      return () => {
        held.delete(path);
        removeLock(path);
      };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const owner = readOwner(path);
    if (attempt > 0 || held.has(path) || !isLeft(path, owner)) throw locked(path, owner);
    removeLock(path);
  }
}

function createLock(path: string): void {
  // Known before the file is there: who is killed in between leaves one that tells nothing, and counts for a while.
  const owner = JSON.stringify(currentProcessIdentity());
  const fd = openNew(toFsPath(path), 0o600);
  try {
    writeAll(fd, Buffer.from(owner), 0);
  } catch (error) {
    removeLock(path);
    throw error;
  } finally {
    closeFile(fd);
  }
}

function isLeft(path: string, owner: ProcessIdentity | undefined): boolean {
  if (!owner) {
    const stats = lstatIfThere(toFsPath(path));
    return stats?.isFile() === true && Math.abs(Date.now() - stats.mtimeMs) > WRITING_MS;
  }
  return isSurelyDead(owner) || isThisThread(owner);
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readPlainFile(path, LARGEST_LOCK, false)?.toString('utf8') ?? '');
    const { platform, hostname, pid } = value as Record<string, unknown>;
    const isIdentity = typeof platform === 'string' && typeof hostname === 'string' && typeof pid === 'number';
    return isIdentity ? (value as ProcessIdentity) : undefined;
  } catch {
    return undefined;
  }
}

function removeLock(path: string): void {
  try {
    unlink(toFsPath(path));
  } catch {
    // Somebody else removed it, or nobody can; the next run will say so.
  }
}

function locked(path: string, owner: ProcessIdentity | undefined): CairnError {
  const who = owner ? ` (process ${owner.pid} on ${displayPath(owner.hostname)})` : '';
  const message = `Another mirror is at work there${who}. Wait for its end; if it is surely gone, remove ${displayPath(path)}.`;
  return new CairnError('locked', message, { details: { path: displayPath(path) } });
}
