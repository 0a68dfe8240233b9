import { readdirSync } from 'node:fs';
import { systemCode } from '../../base/errors.ts';
import { withReachablePath } from '../../workspace/reachablePath.ts';

/** True if nothing is there, or an empty folder: a restore can overwrite nothing, and `restoreWhilePlanning` may be used. */
export function isEmptyDestination(path: string): boolean {
  try {
    return withReachablePath(path, (reachable) => readdirSync(reachable)).length === 0;
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}
