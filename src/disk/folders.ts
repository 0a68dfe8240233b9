import { readdirSync, type Dirent } from 'node:fs';
import { compareRaw } from '../base/rawName.ts';
import type { PathBelow } from '../base/pathKinds.ts';
import { fromSystem, type FsPath } from './fsPath.ts';

/** An entry of a folder, as listing the folder tells. */
export interface ListedEntry {
  readonly name: PathBelow;
  /** Not a link to one. */
  readonly isFolder: boolean;
}

/** The names in a folder, in the order of their raw bytes, as a tree has them. Throws the system's error. */
export function listNames(folder: FsPath): PathBelow[] {
  const names = readdirSync(folder);
  // Without these, the order of UTF-16 is that of the bytes, and U+FFFD may stand for what is not UTF-8.
  if (!names.some((name) => /[\ud800-\uffff]/.test(name))) return names.sort();
  if (!names.some((name) => name.includes('\ufffd'))) return names.sort(compareRaw);
  return readdirSync(folder, { encoding: 'buffer' }).map(fromSystem).sort(compareRaw);
}

/** The entries of a folder, in no particular order. Throws the system's error. */
export function listEntries(folder: FsPath): ListedEntry[] {
  const entries = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
  return entries.map((entry: Dirent<Buffer>) => ({ name: fromSystem(entry.name), isFolder: entry.isDirectory() }));
}
