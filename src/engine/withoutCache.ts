import { withoutKept } from '../backend/cache/withCache.ts';
import type { Repository } from '../repository/repository.ts';

/** The repository without what was kept of it on this machine: to prove, or mend, what the storage itself holds. */
export function withoutCache(repository: Repository): Repository {
  const backend = withoutKept(repository.backend);
  if (backend === repository.backend) return repository;
  return repository.over(backend);
}
