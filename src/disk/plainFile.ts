import type { DiskPath } from '../base/pathKinds.ts';
import { closeFile, openForReading, openThroughLinks, readUpTo } from './openFile.ts';
import { withReachablePath } from './reachablePath.ts';
import { fstat, statExactIfThere, statIfThere, type Stats } from './stats.ts';

/**
 * Reads a file that steers the backup. Nothing if it is missing, unreadable, no plain file (pipes would
 * block), larger than `limit` bytes, or a symbolic link while `followLinks` is false.
 */
export function readPlainFile(path: DiskPath, limit: number, followLinks: boolean): Buffer | undefined {
  let file: number | undefined;
  try {
    file = withReachablePath(path, followLinks ? openThroughLinks : openForReading);
    const stats = fstat(file);
    return stats.isFile() && stats.size <= limit ? readUpTo(file, limit) : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeFile(file);
  }
}

/** The number of the file system on which a place is; nothing if there is none. */
export function deviceOf(path: DiskPath): bigint | undefined {
  try {
    return withReachablePath(path, statExactIfThere)?.dev;
  } catch {
    return undefined;
  }
}

/** What a path leads to, links followed; nothing if it leads nowhere that can be seen. */
export function lookAtPlace(path: DiskPath): Stats | undefined {
  try {
    return withReachablePath(path, statIfThere);
  } catch {
    return undefined;
  }
}
