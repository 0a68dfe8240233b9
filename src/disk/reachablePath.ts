import { closeSync, constants, existsSync, openSync } from 'node:fs';
import type { DiskPath } from '../base/pathKinds.ts';
import { toFsPath, type FsPath } from './fsPath.ts';
import { isLinux } from './system.ts';

/** Linux takes paths of up to 4,096 bytes, the NUL at the end included (PATH_MAX). */
const longestPath = 4095;

/**
 * Calls `use` with a form of an absolute path that file functions accept, however long the path is,
 * and returns its result. The form is valid only during the call. `room` is how many bytes `use`
 * wants to append. On Linux a path beyond the limit is walked in parts: a folder on the way is
 * opened, and `/proc/self/fd/N` stands for it. Elsewhere, and without /proc, the path is passed on as
 * it is, and the system reports what it cannot take.
 */
export function withReachablePath<Result>(path: DiskPath, use: (reachable: FsPath) => Result, room = 0): Result {
  const limit = longestPath - room;
  if (fits(path, limit) || !isLinux || !existsSync('/proc/self/fd')) return use(toFsPath(path));
  let folder: number | undefined;
  try {
    let start = '';
    let rest = path;
    while (!fits(start + rest, limit)) {
      const cut = lastCut(start, rest, limit);
      if (cut === 0) break;
      const next = openSync(toFsPath(start + rest.slice(0, cut)), constants.O_RDONLY | constants.O_DIRECTORY);
      if (folder !== undefined) closeSync(folder);
      folder = next;
      start = `/proc/self/fd/${folder}`;
      rest = rest.slice(cut);
    }
    return use(toFsPath(start + rest));
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

/** Where the longest beginning of `rest` ends that fits behind `start`: at a slash; 0 if there is none. */
function lastCut(start: string, rest: string, limit: number): number {
  // Never fewer bytes than code units, so no cut is beyond the limit.
  let cut = rest.lastIndexOf('/', limit);
  while (cut > 0 && !fits(start + rest.slice(0, cut), limit)) cut = rest.lastIndexOf('/', cut - 1);
  return Math.max(cut, 0);
}

function fits(path: string, limit: number): boolean {
  // No character takes more than three bytes a code unit.
  return path.length * 3 <= limit || Buffer.byteLength(path) <= limit;
}
