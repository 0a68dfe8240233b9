import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { exists, lstat } from '../../disk/stats.ts';
import { readAbout, readGuardedPassword } from './aboutFile.ts';
import { listGuards } from './guard.ts';
import { guardFolders } from './guardPlace.ts';

/** Where a default repository was. */
interface DefaultPlace {
  readonly repository: DiskPath;
  readonly passwordFile: DiskPath;
}

/**
 * The guard of a default repository that is not at its place any more: the newest, of those whose password fits the
 * password file, if that is still there. Nothing where guards cannot be looked at.
 */
export function findLostDefault(paths: DefaultPlace, guards: DiskPath): DiskPath | undefined {
  const all = guardFolders(guards, paths.repository).flatMap(listIfAllowed);
  const lost = all.filter((guard) => isGuardOf(guard, paths));
  const changed = (guard: DiskPath) => lstat(toFsPath(guard)).mtimeMs;
  return lost.sort((a, b) => changed(b) - changed(a))[0];
}

function listIfAllowed(folder: DiskPath): DiskPath[] {
  try {
    return listGuards(folder);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}

function isGuardOf(guard: DiskPath, { repository, passwordFile }: DefaultPlace): boolean {
  const kept = readGuardedPassword(guard)?.trim();
  if (!kept || readAbout(guard)?.repository !== repository) return false;
  const password = exists(toFsPath(passwordFile)) ? readSmallFile(passwordFile).toString('utf8').trim() : '';
  return password === '' || password === kept;
}
