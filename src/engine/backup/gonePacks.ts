import { asId, type PackId } from '../../repository/format/ids.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { Session } from '../session.ts';

/** An index that stays in memory is held against the packs so often. Milliseconds. */
const CHECK_INTERVAL = 60 * 60_000;

/** What the last look found that the index does not know yet. */
const looks = new WeakMap<BlobIndex, { readonly at: number; readonly gone: readonly PackId[] }>();

/** The packs that the index lists and that are missing or cut short, by name and size. Looks once an hour. */
export async function findGonePacks({ repository, index }: Pick<Session, 'repository' | 'index'>) {
  const last = looks.get(index);
  if (last && performance.now() - last.at < CHECK_INTERVAL) return last.gone;
  const listed = [...index.packIds];
  const files = new Map((await repository.backend.list('pack')).map(({ name, size }) => [asId<PackId>(name), size]));
  const gone = listed.filter((id) => (files.get(id) ?? -1) < index.packSize(id));
  looks.set(index, { at: performance.now(), gone });
  return gone;
}

/**
 * Makes the index take the content of such packs for not stored: a backup that builds on it would be as broken as they are.
 * @returns those that are news.
 */
export async function markGonePacks(session: Session): Promise<readonly PackId[]> {
  const gone = await findGonePacks(session);
  if (gone.length === 0) return gone;
  session.index.markGone(gone);
  looks.set(session.index, { at: performance.now(), gone: [] });
  return gone;
}
