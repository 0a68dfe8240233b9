import { asId, type LockId } from './format/ids.ts';
import type { LockStore } from './lockTypes.ts';
import type { Repository } from './repository.ts';

/** The lock files of a repository, as the lock protocol needs them. */
export function lockStore(repository: Repository): LockStore {
  return {
    list: () => repository.backend.list('lock'),
    load: (id) => repository.readFile('lock', id),
    save: async (json) => asId<LockId>(await repository.writeFile('lock', json)),
    remove: (id) => repository.backend.remove({ type: 'lock', name: id }),
  };
}
