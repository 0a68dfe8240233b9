import { withSignal } from '../backend/wrap/withSignal.ts';
import type { Repository } from '../repository/repository.ts';
import { shareKeptSnapshots } from '../repository/snapshots.ts';

/** The repository, whose calls to far storage end when the signal fires. On near storage it stays as it is. */
export function endingWith(repository: Repository, signal: AbortSignal | undefined): Repository {
  const backend = withSignal(repository.backend, signal);
  if (backend === repository.backend) return repository;
  const bound = repository.over(backend);
  shareKeptSnapshots(repository, bound);
  return bound;
}
