import type { DiskPath, PathBelow } from '../base/pathKinds.ts';
import { listNames } from './folders.ts';
import { toFsPath } from './fsPath.ts';
import { joinName, lastName, parentFolder } from './paths.ts';
import { statExact, statExactIfThere } from './stats.ts';
import { foldsCase } from './system.ts';

/**
 * Whether the file system of a folder takes names for one that differ only in the case of letters. Told by asking
 * for the folder, or for something in it, by its name in the other case. Where that tells nothing, what is usual on
 * this system. Costs a few looks, and lists a folder only where they do not suffice. Throws nothing.
 */
export function foldsCaseAt(folder: DiskPath): boolean {
  try {
    return tryOwnName(folder) ?? tryNames(folder) ?? foldsCase;
  } catch {
    return foldsCase;
  }
}

/** What a mounted file system does is not told by the name of the folder that it is mounted at. */
function tryOwnName(folder: DiskPath): boolean | undefined {
  const parent = parentFolder(folder);
  if (statExact(toFsPath(parent)).dev !== statExact(toFsPath(folder)).dev) return undefined;
  return tryName(parent, lastName(folder), () => listNames(toFsPath(parent)));
}

function tryNames(folder: DiskPath): boolean | undefined {
  const names = listNames(toFsPath(folder));
  const tried = names.find((name) => swapCase(name) !== name);
  return tried === undefined ? undefined : tryName(folder, tried, () => names);
}

/** Undefined for a name without letters that have a case. */
function tryName(folder: DiskPath, name: PathBelow, list: () => readonly PathBelow[]): boolean | undefined {
  const other = swapCase(name);
  if (other === name) return undefined;
  const [own, found] = [name, other].map((each) => statExactIfThere(toFsPath(joinName(folder, each))));
  if (!found) return false;
  // Some file systems number an entry by the name that it was asked for.
  return (own?.ino !== 0n && own?.ino === found.ino && own.dev === found.dev) || !list().includes(other);
}

/** Of ASCII letters: no file system that folds anything leaves these out. */
function swapCase(name: string): string {
  return name.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
}
