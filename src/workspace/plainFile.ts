import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { withReachablePath } from './reachablePath.ts';

/**
 * Reads a file that steers the backup. Nothing if it is missing, unreadable, no plain file (pipes would
 * block), larger than `limit` bytes, or a symbolic link while `followLinks` is false.
 */
export function readPlainFile(path: string, limit: number, followLinks: boolean): Buffer | undefined {
  // Windows knows neither flag.
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  let file: number | undefined;
  try {
    file = withReachablePath(path, (reachable) =>
      openSync(reachable, O_RDONLY | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW)),
    );
    const stats = fstatSync(file);
    return stats.isFile() && stats.size <= limit ? readFileSync(file) : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What a path leads to, links followed; nothing if it leads nowhere that can be seen. */
export function statIfThere(path: string): Stats | undefined {
  try {
    return withReachablePath(path, (reachable) => statSync(reachable, { throwIfNoEntry: false }));
  } catch {
    return undefined;
  }
}
