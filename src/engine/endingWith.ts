import { withSignal } from '../backend/wrap/withSignal.ts';
import { Repository } from '../repository/repository.ts';
import { shareKeptSnapshots } from '../repository/snapshots.ts';

/** The repository, whose calls to far storage end when the signal fires. On near storage it stays as it is. */
export function endingWith(repository: Repository, signal: AbortSignal | undefined): Repository {
  const backend = withSignal(repository.backend, signal);
  if (backend === repository.backend) return repository;
  const bound = new Repository(backend, repository.config, repository.masterKey, repository.keyId);
  shareKeptSnapshots(repository, bound);
  return bound;
}
