import { createHash } from 'node:crypto';
import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import {
  currentProcessIdentity,
  isSurelyDead,
  type ProcessIdentity,
  isThisThread,
} from '../../disk/processIdentity.ts';
import { displayPath } from '../../base/rawName.ts';
import { joinPath, parentFolder, resolveLinks } from '../../disk/paths.ts';
import { readPlainFile } from '../../disk/plainFile.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import { unlink } from '../../disk/changes.ts';
import { listNames } from '../../disk/folders.ts';
import { closeFile, openNew } from '../../disk/openFile.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { isWindows } from '../../disk/system.ts';
import { whileHeld } from '../../disk/whileHeld.ts';
import { writeAll } from '../../disk/writeWithHoles.ts';

/** Says in a destination which process is at work there: two would take each other's half-written files for left ones. */
export const LOCK_NAME = '.cairn-mirror.lock';
const LARGEST_LOCK = 4096;
/** What follows the name of a lock in that of the claim to remove it; the whole is a temporary name. */
const REMOVAL = '.cairn-';

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
  if (held.has(path)) throw locked(path);
  claim(path);
  held.add(path);
  removeLeftRemovals(path);
  return () => {
    held.delete(path);
    removeFile(path);
  };
}

/**
 * Makes a lock file, in place of one left behind. Of all who see the same one left behind, only who claims
 * that very content may remove it: a second would remove the lock that the first makes.
 */
function claim(path: string): void {
  if (createLock(path)) return;
  const found = readLock(path);
  if (found === undefined || !isLeft(path, found)) throw locked(path);
  const removal = path + REMOVAL + createHash('sha256').update(found).digest('hex').slice(0, 12);
  claim(removal);
  try {
    // Who had the claim before may have made a lock meanwhile.
    if (readLock(path) === found && isLeft(path, found)) removeFile(path);
    if (!createLock(path)) throw locked(path);
  } finally {
    removeFile(removal);
  }
}

/** Of those who were killed while they took over a lock; no run needs them while this one has the lock. */
function removeLeftRemovals(path: string): void {
  const folder = parentFolder(path);
  for (const name of listNames(toFsPath(folder))) {
    const at = joinPath(folder, name);
    if (!at.startsWith(path + REMOVAL)) continue;
    const content = readLock(at);
    if (content !== undefined && isLeft(at, content)) removeFile(at);
  }
}

/** False if there is a lock file already. */
function createLock(path: string): boolean {
  // Known before the file is there: who is killed in between leaves one that tells nothing, and counts for a while.
  const owner = JSON.stringify(currentProcessIdentity());
  const fd = tryOpenNew(path);
  if (fd === undefined) return false;
  try {
    writeAll(fd, Buffer.from(owner), 0);
  } catch (error) {
    removeFile(path);
    throw error;
  } finally {
    closeFile(fd);
  }
  // Who is suspended for long before it writes may find that another took the empty file for left behind.
  return readLock(path) === owner;
}

/** A new lock file, open for writing; nothing if there is one already. Throws the system's error. */
export function tryOpenNew(path: string, onWindows = isWindows): number | undefined {
  try {
    // Windows says EPERM of a file that is being removed, and of a folder in which this process may make none.
    return whileHeld(() => openNew(toFsPath(path), 0o600), onWindows);
  } catch (error) {
    const code = systemCode(error);
    const isHeld = onWindows && (code === 'EPERM' || code === 'EACCES') && isListed(path);
    if (code === 'EEXIST' || isHeld) return undefined;
    throw error;
  }
}

/** Whether its folder lists a file, be it one that is being removed. */
function isListed(path: string): boolean {
  const folder = parentFolder(path);
  return listNames(toFsPath(folder)).some((name) => joinPath(folder, name) === path);
}

function isLeft(path: string, content: string): boolean {
  const owner = ownerIn(content);
  if (owner) return isSurelyDead(owner) || isThisThread(owner);
  const stats = lstatIfThere(toFsPath(path));
  return stats?.isFile() === true && Math.abs(Date.now() - stats.mtimeMs) > WRITING_MS;
}

/** What is in a lock file; nothing if that cannot be read, as that of another user, or is too long to be one. */
function readLock(path: string): string | undefined {
  return readPlainFile(path, LARGEST_LOCK, false)?.toString('utf8');
}

function ownerIn(content: string | undefined): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(content ?? '');
    const { platform, hostname, pid } = value as Record<string, unknown>;
    const isIdentity = typeof platform === 'string' && typeof hostname === 'string' && typeof pid === 'number';
    return isIdentity ? (value as ProcessIdentity) : undefined;
  } catch {
    return undefined;
  }
}

function removeFile(path: string): void {
  try {
    unlink(toFsPath(path));
  } catch {
    // Somebody else removed it, or nobody can; the next run will say so.
  }
}

function locked(path: string): CairnError {
  const owner = ownerIn(readLock(path));
  const who = owner ? ` (process ${owner.pid} on ${displayPath(owner.hostname)})` : '';
  const message = `Another mirror is at work there${who}. Wait for its end; if it is surely gone, remove ${displayPath(path)}.`;
  return new CairnError('locked', message, { details: { path: displayPath(path) } });
}
