import type { DiskPath } from '../../base/pathKinds.ts';
import { isWindows } from '../../disk/system.ts';
import type { Repository } from '../../repository/repository.ts';
import { guardedAs } from './guardedAs.ts';
import { GuardedBackend } from './guardedBackend.ts';
import type { GuardSettings } from './guardPlace.ts';
import { RunningGuard } from './runningGuard.ts';

/**
 * The same repository, guarded from when something is stored in it; as it is if it is not in a folder of this machine, or
 * if this system has no guards. Nothing is guarded while there are no settings. `passwordFile` is guarded with it.
 */
export function withGuard(
  repository: Repository,
  settings: () => GuardSettings | undefined,
  passwordFile?: DiskPath,
): Repository {
  const about = guardedAs(repository, passwordFile);
  if (!about || isWindows) return repository;
  return repository.over(new GuardedBackend(repository.backend, new RunningGuard(repository, about, settings)));
}

/** Whether what was just removed from a repository takes space until its guard lets go of it. */
export function keepsWhatIsGone({ backend }: Repository): boolean {
  return backend instanceof GuardedBackend && backend.guard.keepsWhatIsGone;
}

/**
 * Has the guard of an open repository hold all of it, if something was stored: to be called now and then where a
 * repository stays open. Closing does it, too.
 */
export async function keepGuard({ backend }: Repository): Promise<void> {
  if (backend instanceof GuardedBackend) await backend.guard.keepUp();
}
