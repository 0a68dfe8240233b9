import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { CairnError, systemCode } from '../../base/errors.ts';
import { currentProcessIdentity, isSurelyDead, type ProcessIdentity } from '../../base/processIdentity.ts';
import { displayPath, toFsPath } from '../../base/rawName.ts';
import { readPlainFile } from '../../workspace/plainFile.ts';
import { joinPath } from '../restore/destinationFolders.ts';

/** Says in a destination which process is at work there: two would take each other's half-written files for left ones. */
export const LOCK_NAME = '.cairn-mirror.lock';
const LARGEST_LOCK = 4096;

/**
 * Claims a destination for this process, and returns what gives it back. A claim of a process that is
 * surely dead is replaced. Throws `locked`, and what the file system throws.
 */
export function lockMirror(destination: string): () => void {
  const path = joinPath(destination, LOCK_NAME);
  for (let attempt = 0; ; attempt++) {
    try {
      const fd = openSync(toFsPath(path), 'wx', 0o600);
      writeSync(fd, JSON.stringify(currentProcessIdentity()));
      closeSync(fd);
      return () => removeLock(path);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const owner = readOwner(path);
    if (attempt > 0 || !owner || !isSurelyDead(owner)) throw locked(path, owner);
    removeLock(path);
  }
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
    unlinkSync(toFsPath(path));
  } catch {
    // Somebody else removed it, or nobody can; the next run will say so.
  }
}

function locked(path: string, owner: ProcessIdentity | undefined): CairnError {
  const who = owner ? ` (process ${owner.pid} on ${displayPath(owner.hostname)})` : '';
  const message = `Another mirror is at work there${who}. Wait for its end; if it is surely gone, remove ${displayPath(path)}.`;
  return new CairnError('locked', message, { details: { path: displayPath(path) } });
}
