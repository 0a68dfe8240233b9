import type { DiskPath } from '../base/pathKinds.ts';
import { CairnError } from '../base/errors.ts';
import { resolvePath as resolveOnDisk } from '../engine/index.ts';

/**
 * The absolute path of an argument. Throws `usage` if it is empty: that is a variable of a script which
 * is not set, and would mean the working folder, whose files a restore or a mirror might then delete.
 */
export function resolvePath(workingFolder: DiskPath, path: string): DiskPath {
  if (path === '') throw new CairnError('usage', 'An empty path names nothing. Give "." for the working folder.');
  return resolveOnDisk(path, workingFolder);
}
