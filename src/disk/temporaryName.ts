import { randomBytes } from 'node:crypto';
import { systemCode, systemError } from '../base/systemCode.ts';
import { rename, unlink } from './changes.ts';
import type { EnteredFolder } from './enteredFolders.ts';
import type { FsPath } from './fsPath.ts';
import { lstatIfThere } from './stats.ts';

/** The longest name on common file systems. Bytes. */
const LONGEST_NAME = 255;
/** Counted up from a random start: random bytes for each name would cost a tenth of restoring a small file. */
let nextMark = randomBytes(6).readUIntBE(0, 6);

function takeMark(): string {
  const mark = nextMark.toString(16).padStart(12, '0');
  nextMark = (nextMark + 1) % 2 ** 48;
  return mark;
}

const TEMPORARY = /^\.(?:(.*)\.)?cairn-[0-9a-f]{12}$/s;

/** True for the name that {@link createTemporary} gives: what a run that was cut off may have left. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** The name of the entry that was to come of a temporary one, if its name still tells. */
export function nameOfTemporary(temporary: string): string | undefined {
  return TEMPORARY.exec(temporary)?.[1];
}

/**
 * Makes an entry under the name `.<name>.cairn-<mark>`, from which it is renamed when it is complete; the
 * middle part is left out where that name would be too long. `create` must fail if its path exists.
 */
export function createTemporary<T>(
  folder: EnteredFolder,
  name: string,
  create: (path: FsPath) => T,
): { temporary: string; created: T } {
  const ending = `.cairn-${takeMark()}`;
  const long = `.${name}${ending}`;
  if (Buffer.byteLength(long) <= LONGEST_NAME) {
    try {
      return { temporary: long, created: create(folder.at(long)) };
    } catch (error) {
      // Some file systems take less.
      if (systemCode(error) !== 'ENAMETOOLONG') throw error;
    }
  }
  return { temporary: ending, created: create(folder.at(ending)) };
}

/** True if a new entry was refused for its name: some file systems say then that it is not there, though its folder is. */
export function isRefusedName(folder: EnteredFolder, error: unknown): boolean {
  return systemCode(error) === 'ENOENT' && (lstatIfThere(folder.at(''))?.nlink ?? 0) > 0;
}

/** What tells whether a file was written to, and stays when another name of it is changed. */
export interface SeenEntry {
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** To set the time that another name of a file has already moves it by less than this: times are set as doubles. */
const SAME_TIME_MS = 0.002;

/** Throws `CHANGED` if there is something at a path that is not as it was seen. */
export function requireAsSeen(path: FsPath, seen: SeenEntry | undefined): void {
  const stats = seen && lstatIfThere(path);
  if (!stats || stats.isDirectory()) return;
  if (stats.size === seen.size && Math.abs(stats.mtimeMs - seen.mtimeMs) < SAME_TIME_MS) return;
  throw systemError('CHANGED', 'CHANGED: it was written to');
}

/**
 * Gives a complete entry its name. Throws `EEXIST` if there should be nothing of that name (`create`) but
 * there is, and `CHANGED` if what it replaces is not as it was seen.
 */
export function renameTemporary(
  folder: EnteredFolder,
  temporary: string,
  name: string,
  change: 'create' | 'overwrite',
  seen?: SeenEntry,
): void {
  const path = folder.at(name);
  if (change === 'create' && lstatIfThere(path)) {
    throw Object.assign(new Error('EEXIST: it exists'), { code: 'EEXIST' });
  }
  requireAsSeen(path, seen);
  rename(folder.at(temporary), path);
}

/** Removes what is left of a failed attempt, if it can. */
export function removeTemporary(folder: EnteredFolder, temporary: string): void {
  try {
    unlink(folder.at(temporary));
  } catch {
    // What went wrong first is what counts.
  }
}
