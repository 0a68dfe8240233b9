import type { DiskPath, PathBelow } from '../base/pathKinds.ts';
import { listNames } from './folders.ts';
import { toFsPath } from './fsPath.ts';
import { joinName, lastName, parentFolder } from './paths.ts';
import { exists, statExact } from './stats.ts';
import { foldsCase } from './system.ts';

/**
 * Whether the file system of a folder takes names for one that differ only in the case of letters. Told by asking
 * for something in it, or for the folder itself, by a name in the other case that nothing has. Where that tells
 * nothing, what is usual on this system. Throws nothing.
 */
export function foldsCaseAt(folder: DiskPath): boolean {
  try {
    return tryNames(folder, listNames(toFsPath(folder))) ?? tryOwnName(folder) ?? foldsCase;
  } catch {
    return foldsCase;
  }
}

/** What a mounted file system does is not told by the name of the folder that it is mounted at. */
function tryOwnName(folder: DiskPath): boolean | undefined {
  const parent = parentFolder(folder);
  if (statExact(toFsPath(parent)).dev !== statExact(toFsPath(folder)).dev) return undefined;
  return tryNames(parent, listNames(toFsPath(parent)), lastName(folder));
}

/** Undefined if no name has letters with a case. */
function tryNames(folder: DiskPath, names: readonly PathBelow[], tried = findLetters(names)): boolean | undefined {
  if (tried === undefined || swapCase(tried) === tried) return undefined;
  const other = swapCase(tried);
  return !names.includes(other) && exists(toFsPath(joinName(folder, other)));
}

function findLetters(names: readonly PathBelow[]): PathBelow | undefined {
  return names.find((name) => swapCase(name) !== name);
}

/** Of ASCII letters: no file system that folds anything leaves these out. */
function swapCase(name: string): string {
  return name.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
}
