import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import { listNames } from '../../disk/folders.ts';
import { foldsCaseAt } from '../../disk/foldsCase.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { foldName } from '../../disk/names.ts';
import { joinPath, parentFolder } from '../../disk/paths.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import { nameOf } from '../../base/pathBelow.ts';
import { relativePath } from './scanSource.ts';

/**
 * Says by which of the `known` paths an entry of a copy goes, that of its own name unless stated otherwise: where
 * the file system of the copy does not tell upper from lower case, what was only renamed so is still the same.
 */
export function createPathFinder(folder: DiskPath, known: Iterable<PathBelow>): (path: DiskPath) => PathBelow {
  if (!foldsCaseAt(folder)) return (path) => relativePath(folder, path);
  const exact = new Set(known);
  const folded = new Map<string, PathBelow>();
  for (const path of exact) if (!folded.has(foldName(path))) folded.set(foldName(path), path);
  return (fullPath) => {
    const path = relativePath(folder, fullPath);
    const other = exact.has(path) ? undefined : folded.get(foldName(path));
    return other !== undefined && isSameEntry(folder, fullPath, path, other) ? other : path;
  };
}

/** False if the folder has an entry of either name. */
function isSameEntry(folder: DiskPath, fullPath: DiskPath, path: PathBelow, other: PathBelow): boolean {
  if (lstatIfThere(toFsPath(joinPath(folder, other))) === undefined) return false;
  const name = nameOf(other);
  return name === nameOf(path) || !listNames(toFsPath(parentFolder(fullPath))).includes(name);
}
