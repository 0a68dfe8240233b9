import type { DiskPath } from '../../base/pathKinds.ts';
import { removeTree } from '../../disk/changes.ts';
import { listEntries } from '../../disk/folders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName } from '../../disk/paths.ts';
import { exists, lstatIfThere } from '../../disk/stats.ts';
import { isFileName } from '../layout.ts';
import { VERSION_FILE } from './cacheFolder.ts';

/** Caches that were not used for so long are old; restic's. Days. */
export const OLD_AFTER_DAYS = 30;
const DAY = 24 * 3_600_000;

/** What is kept of one repository. */
export interface StoredCache {
  readonly repositoryId: string;
  readonly folder: DiskPath;
  /** When it was opened last, in milliseconds since 1970. */
  readonly usedAt: number;
}

/** The caches in a folder, the one used last first. None where there is no such folder. Throws the system's error. */
export function listCaches(caches: DiskPath): StoredCache[] {
  if (!exists(toFsPath(caches))) return [];
  const found = listEntries(toFsPath(caches)).flatMap(({ name, isFolder }): StoredCache[] => {
    const folder = joinName(caches, name);
    if (!isFolder || !isFileName(name) || !exists(toFsPath(joinName(folder, VERSION_FILE)))) return [];
    return [{ repositoryId: name, folder, usedAt: lstatIfThere(toFsPath(folder))?.mtimeMs ?? 0 }];
  });
  return found.sort((a, b) => b.usedAt - a.usedAt);
}

export function isOld({ usedAt }: StoredCache, maxAgeDays: number, now = Date.now()): boolean {
  return now - usedAt > maxAgeDays * DAY;
}

/** Bytes. Throws the system's error. */
export function measureCache({ folder }: StoredCache): number {
  let total = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const { name, isFolder } of listEntries(toFsPath(next))) {
      const path = joinName(next, name);
      if (isFolder) folders.push(path);
      else total += lstatIfThere(toFsPath(path))?.size ?? 0;
    }
  }
  return total;
}

/** Throws the system's error. */
export function removeCache({ folder }: StoredCache): void {
  removeTree(toFsPath(folder));
}
