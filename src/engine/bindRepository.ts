import { bindCalls, type CallBinding } from '../backend/wrap/bindCalls.ts';
import type { Repository } from '../repository/repository.ts';
import { shareKeptSnapshots } from '../repository/snapshots.ts';

/**
 * The repository, whose calls to far storage end when the signal fires, or are given up soon where a person waits. On
 * near storage it stays as it is.
 */
export function bindRepository(repository: Repository, binding: CallBinding): Repository {
  const backend = bindCalls(repository.backend, binding);
  if (backend === repository.backend) return repository;
  const bound = repository.over(backend);
  shareKeptSnapshots(repository, bound);
  return bound;
}
