import type { Backend, CallOptions, FileInfo, FileType } from '../backend/backend.ts';
import { wrapCalls } from '../backend/wrap/wrapCalls.ts';
import type { Repository } from '../repository/repository.ts';
import { shareKeptSnapshots } from '../repository/snapshots.ts';

export type ListedType = Exclude<FileType, 'config'>;

/** By type of a list, what is listed as soon as that has come. */
export type ListedAfter = Partial<Record<ListedType, readonly ListedType[]>>;

/**
 * The repository, whose far storage is asked for further lists as soon as it has given one, and the next time they are
 * wanted they are on their way. One is asked for after the other as if one had waited: what an index lists was stored
 * before the packs were listed. On near storage it stays as it is.
 */
export function listingAhead(repository: Repository, after: ListedAfter): Repository {
  const { backend } = repository;
  if (!backend.properties.isFar || Object.keys(after).length === 0) return repository;
  const ahead = repository.over(listAhead(backend, after));
  shareKeptSnapshots(repository, ahead);
  return ahead;
}

function listAhead(inner: Backend, after: ListedAfter): Backend {
  const taken = new Set<FileType>();
  const begun = new Map<FileType, Promise<FileInfo[]>>();
  const ask = async (type: ListedType, options?: CallOptions): Promise<FileInfo[]> => {
    const files = await inner.list(type, options);
    for (const other of after[type] ?? []) {
      if (taken.has(other)) continue;
      const list = ask(other, options);
      // Whoever wants the list hears of it.
      list.catch(() => {});
      begun.set(other, list);
    }
    return files;
  };
  return {
    ...wrapCalls(inner, (call) => call.make()),
    list: (type, options) => {
      const early = begun.get(type);
      begun.delete(type);
      taken.add(type);
      return early ?? ask(type, options);
    },
  };
}
