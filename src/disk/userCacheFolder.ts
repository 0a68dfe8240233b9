import type { DiskPath } from '../base/pathKinds.ts';
import { isAbsolutePath, joinPath } from './paths.ts';
import { isMac, isWindows } from './system.ts';

/**
 * Where programs of this user keep what they can have again, by the variables of the environment; nothing where these
 * do not say.
 */
export function userCacheFolder(environment: Readonly<Record<string, string | undefined>>): DiskPath | undefined {
  if (isWindows) return absolute(environment['LOCALAPPDATA']);
  const home = absolute(environment['HOME']);
  const below = home && joinPath(home, isMac ? 'Library/Caches' : '.cache');
  return isMac ? below : (absolute(environment['XDG_CACHE_HOME']) ?? below);
}

function absolute(path: string | undefined): DiskPath | undefined {
  return path && isAbsolutePath(path) ? path : undefined;
}
