import type { PackId } from '../../repository/format/ids.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { listPackFiles } from '../packFiles.ts';
import type { Session } from '../session.ts';

/** An index that stays in memory is held against the packs so often. Milliseconds. */
const CHECK_INTERVAL = 60 * 60_000;

interface Look {
  readonly at: number;
  /** What the index does not know yet. */
  readonly gone: readonly PackId[];
  readonly marked: ReadonlySet<PackId>;
}

const looks = new WeakMap<BlobIndex, Look>();

/**
 * The packs that the index lists and that are missing or cut short, by name and size, but for those that
 * {@link markGonePacks} knows. Looks once an hour. Throws `refused` if no pack at all is there.
 */
export async function findGonePacks({ repository, index }: Pick<Session, 'repository' | 'index'>) {
  const last = looks.get(index);
  if (last && performance.now() - last.at < CHECK_INTERVAL) return last.gone;
  const marked = last?.marked ?? new Set();
  const listed = [...index.packIds];
  const files = await listPackFiles(repository, index);
  const gone = listed.filter((id) => (files.get(id)?.size ?? -1) < index.packSize(id) && !marked.has(id));
  looks.set(index, { at: performance.now(), gone, marked });
  return gone;
}

/**
 * Makes the index take the content of such packs for not stored: a backup that builds on it would be as broken as they are.
 * Returns those that are news. Throws as {@link findGonePacks}.
 */
export async function markGonePacks(session: Session): Promise<readonly PackId[]> {
  const gone = await findGonePacks(session);
  if (gone.length === 0) return gone;
  const { index } = session;
  const { at, marked } = looks.get(index)!;
  index.markGone(gone);
  looks.set(index, { at, gone: [], marked: new Set([...marked, ...gone]) });
  return gone;
}
