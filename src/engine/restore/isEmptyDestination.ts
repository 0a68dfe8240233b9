import { systemCode } from '../../base/systemCode.ts';
import { listNames } from '../../disk/folders.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';

/** True if nothing is there, or an empty folder: a restore can overwrite nothing, and `restoreWhilePlanning` may be used. */
export function isEmptyDestination(path: string): boolean {
  try {
    return withReachablePath(path, listNames).length === 0;
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}
