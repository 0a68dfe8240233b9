import { withoutKept } from '../backend/cache/withCache.ts';
import { Repository } from '../repository/repository.ts';

/** The repository without what was kept of it on this machine: to prove, or mend, what the storage itself holds. */
export function withoutCache(repository: Repository): Repository {
  const backend = withoutKept(repository.backend);
  if (backend === repository.backend) return repository;
  return new Repository(backend, repository.config, repository.masterKey, repository.keyId);
}
