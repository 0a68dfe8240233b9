import { homedir } from 'node:os';
import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { isInside, joinName, parentFolder } from '../../disk/paths.ts';
import { diskNumber } from '../../disk/places.ts';
import { isWindows } from '../../disk/system.ts';

/** The folder in which guards are, wherever that is. */
const GUARDS_NAME = '.cairn-guard';

/** What is removed from a repository stays in its guard so long, as in a replica. Milliseconds. */
const GUARD_DELAY = 14 * 86_400_000;

/** Where guards are, how long they keep what is gone, and who hears that one is not as it should be. */
export interface GuardSettings {
  /** For repositories on the same file system; the others have theirs beside them. */
  readonly folder: DiskPath;
  /** Milliseconds. */
  readonly delay: number;
  /** Hears a sentence. */
  readonly onTrouble: (message: string) => void;
}

/** In the home of the user, outside of all that programs keep there. */
export function usualGuards(onTrouble: GuardSettings['onTrouble'] = () => {}): GuardSettings {
  return { folder: joinName(homedir(), GUARDS_NAME), delay: GUARD_DELAY, onTrouble };
}

/**
 * Where guards of a repository can be, the best first: links reach no other file system. None on Windows, where a
 * folder cannot be kept from the one who owns it.
 */
export function guardsFor(repository: DiskPath, usual: DiskPath): DiskPath[] {
  const disk = diskOf(repository);
  if (isWindows || disk === undefined || isInside(repository, usual)) return [];
  const folders = [usual, guardsBeside(repository)];
  return folders.filter((folder, at) => diskOf(parentFolder(folder)) === disk && folders.indexOf(folder) === at);
}

/** The folders that may hold guards where this repository is used: no part of any backup. */
export function guardFolders(usual: DiskPath, repository?: DiskPath): DiskPath[] {
  return [...new Set(repository === undefined ? [usual] : [usual, guardsBeside(repository)])];
}

function guardsBeside(repository: DiskPath): DiskPath {
  return joinName(parentFolder(repository), GUARDS_NAME);
}

/** The file system of a place, or of what will be the folder around it. */
function diskOf(path: DiskPath): bigint | undefined {
  try {
    return diskNumber(path);
  } catch (error) {
    const parent = parentFolder(path);
    return systemCode(error) === 'ENOENT' && parent !== path ? diskOf(parent) : undefined;
  }
}
