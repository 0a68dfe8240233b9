import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { chmod, rename, unlinkIfThere } from '../../disk/changes.ts';
import { whileOpen } from '../../disk/closedFolders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName } from '../../disk/paths.ts';
import { readSmallFile, writePrivateFile } from '../../disk/smallFile.ts';

/** What a guard knows of its repository. */
export interface GuardAbout {
  /** The id in its config. */
  readonly id: string;
  /** Where it lies. */
  readonly repository: DiskPath;
  /** Where its password lies, of the default repository. */
  readonly passwordFile?: DiskPath;
}

const ABOUT = 'about.json';
/** A copy of the password file: a link would be emptied with it, since its owner may write to it. */
const PASSWORD = 'password';

/** Nothing for a folder that is no guard, or one whose notes cannot be read. */
export function readAbout(guard: DiskPath): GuardAbout | undefined {
  const text = readIfThere(joinName(guard, ABOUT));
  if (text === undefined) return undefined;
  try {
    const { id, repository, passwordFile } = JSON.parse(text) as Record<keyof GuardAbout, unknown>;
    if (typeof id !== 'string' || typeof repository !== 'string') return undefined;
    return { id, repository, ...(typeof passwordFile === 'string' && { passwordFile }) };
  } catch {
    return undefined;
  }
}

export function writeAbout(guard: DiskPath, about: GuardAbout): void {
  writeInGuard(guard, ABOUT, `${JSON.stringify(about, undefined, 2)}\n`);
}

/** The password that is kept in a guard, if there is one. */
export function readGuardedPassword(guard: DiskPath): string | undefined {
  return readIfThere(passwordIn(guard));
}

/** Where a guard keeps the password. */
export function passwordIn(guard: DiskPath): DiskPath {
  return joinName(guard, PASSWORD);
}

/** Keeps what a password file says, unless there is nothing in it. */
export function guardPassword(guard: DiskPath, passwordFile: DiskPath): void {
  const password = readIfThere(passwordFile);
  if (!password?.trim() || password === readGuardedPassword(guard)) return;
  writeInGuard(guard, PASSWORD, password);
}

/** Puts a file into a closed folder, in place of what is there. */
export function writeInGuard(folder: DiskPath, name: string, content: string): void {
  const temporary = joinName(folder, `${name}.new`);
  whileOpen([folder], () => {
    // Cut off while it was written.
    unlinkIfThere(toFsPath(temporary));
    writePrivateFile(temporary, content);
    chmod(toFsPath(temporary), 0o400);
    rename(toFsPath(temporary), toFsPath(joinName(folder, name)));
  });
}

function readIfThere(file: DiskPath): string | undefined {
  try {
    return readSmallFile(file).toString('utf8');
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
