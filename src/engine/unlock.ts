import { bindRepository } from './bindRepository.ts';
import { lockStore } from '../repository/lockStore.ts';
import type { Repository } from '../repository/repository.ts';
import { unlock, type RemovedLock, type UnlockOptions } from '../repository/unlock.ts';

/** Removes locks that were left behind, or all; takes no lock itself (format notes 9). */
export async function unlockRepository(
  repository: Repository,
  options: Omit<UnlockOptions, 'now'> = {},
): Promise<RemovedLock[]> {
  return unlock(lockStore(bindRepository(repository, options)), options);
}
