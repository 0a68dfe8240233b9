import type { Backend, FileInfo, FileType } from '../backend/backend.ts';
import { wrapCalls } from '../backend/wrap/wrapCalls.ts';
import { Repository } from '../repository/repository.ts';
import { shareKeptSnapshots } from '../repository/snapshots.ts';

/** What can be listed ahead. */
export type ListedType = Exclude<FileType, 'config' | 'index'>;

/**
 * The repository, whose far storage is asked for these lists as soon as it has given that of the index, and the next
 * time they are wanted they are there already. So what the index lists was stored before the packs were listed, as if
 * one had waited for the other. On near storage it stays as it is.
 */
export function listingAhead(repository: Repository, types: readonly ListedType[]): Repository {
  const { backend, config, masterKey, keyId } = repository;
  if (!backend.properties.isFar || types.length === 0) return repository;
  const ahead = new Repository(listAhead(backend, types), config, masterKey, keyId);
  shareKeptSnapshots(repository, ahead);
  return ahead;
}

function listAhead(inner: Backend, types: readonly ListedType[]): Backend {
  const wanted = new Set<FileType>(types);
  const begun = new Map<FileType, Promise<FileInfo[]>>();
  return {
    ...wrapCalls(inner, (call) => call.make()),
    list: async (type, options) => {
      const early = begun.get(type);
      wanted.delete(type);
      begun.delete(type);
      if (early) return early;
      const files = await inner.list(type, options);
      if (type !== 'index') return files;
      for (const other of types.filter((one) => wanted.has(one))) {
        const list = inner.list(other, options);
        // Whoever wants the list hears of it.
        list.catch(() => {});
        begun.set(other, list);
      }
      return files;
    },
  };
}
