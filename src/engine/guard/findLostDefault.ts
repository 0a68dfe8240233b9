import type { DiskPath } from '../../base/pathKinds.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { exists, lstat } from '../../disk/stats.ts';
import { readAbout, readGuardedPassword } from './aboutFile.ts';
import { listGuards } from './guard.ts';

/**
 * The guard of a default repository that is not at its place any more: the newest, of those whose password fits the
 * password file, if that is still there.
 */
export function findLostDefault(
  { repository, passwordFile }: { readonly repository: DiskPath; readonly passwordFile: DiskPath },
  guards: DiskPath,
): DiskPath | undefined {
  const password = exists(toFsPath(passwordFile)) ? readSmallFile(passwordFile).toString('utf8').trim() : '';
  const lost = listGuards(guards).filter((guard) => {
    const kept = readGuardedPassword(guard)?.trim();
    return readAbout(guard)?.repository === repository && kept && (password === '' || password === kept);
  });
  const changed = (guard: DiskPath) => lstat(toFsPath(guard)).mtimeMs;
  return lost.sort((a, b) => changed(b) - changed(a))[0];
}
