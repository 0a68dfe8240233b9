import { throwIfAborted } from '../../base/abort.ts';
import { allAtOnce } from '../../base/atOnce.ts';
import { asId, type IndexId, type PackId } from '../../repository/format/ids.ts';
import { parseIndexFile, type IndexedPack } from '../../repository/format/indexFile.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { readIndexFilesAhead } from '../../repository/index/loadIndex.ts';
import { writeIndexFiles } from '../../repository/index/writeIndexFiles.ts';
import { FULL_INDEX_BLOBS } from '../../repository/pack/packSaver.ts';
import type { Session } from '../session.ts';

/** So many index files that are not full are worth merging when nothing else is to be done. */
const MIN_MERGED_FILES = 10;

/** What an index file says. */
interface IndexFileContent {
  readonly packs: readonly PackId[];
  readonly blobs: number;
}

/** By the ids of the files. */
export type IndexFileContents = Map<IndexId, IndexFileContent>;

/** An index file and what becomes of it. */
interface IndexFileFate extends Pick<IndexFileContent, 'packs'> {
  readonly id: IndexId;
  readonly isFull: boolean;
  mustGo: boolean;
}

/**
 * Takes packs out of the index, and merges index files that are not full: the new files are written
 * before any old one is removed, so that every other blob is listed at any instant (format notes 10.1,
 * step 6). The session's index must be complete. Files that are full and not concerned stay.
 * @param read files that were read before, which need not be read again; others may be among them.
 */
export async function rewriteIndex(
  session: Session,
  without: ReadonlySet<PackId>,
  signal?: AbortSignal,
  read: IndexFileContents = new Map(),
): Promise<{ written: number; removed: number }> {
  const { repository, index, checkLock } = session;
  const files = await readFates(session, without, signal, read);
  const unfilled = files.filter((file) => !file.isFull);
  if (!files.some((file) => file.mustGo) && unfilled.length < MIN_MERGED_FILES) return { written: 0, removed: 0 };
  const leaving = files.filter((file) => file.mustGo || !file.isFull);
  const leavingIds = new Set(leaving.map((file) => file.id));
  const listed = new Set(files.filter((file) => !leavingIds.has(file.id)).flatMap((file) => file.packs));
  const beforeWrite = async () => {
    throwIfAborted(signal);
    await checkLock();
  };
  const packs = packsOf(index, (id) => !without.has(id) && !listed.has(id));
  const written = await writeIndexFiles(repository, packs, beforeWrite);
  await removeIndexFiles(session, leavingIds);
  return { written: written.length, removed: leavingIds.size };
}

/** Removes index files whose content stands in others. Not to be cut off by a signal: it would leave both. */
export async function removeIndexFiles(
  { repository, checkLock }: Pick<Session, 'repository' | 'checkLock'>,
  ids: Iterable<IndexId>,
): Promise<void> {
  await allAtOnce(ids, repository.backend.properties.connections, async (name) => {
    await checkLock();
    await repository.backend.remove({ type: 'index', name });
  });
}

/** Reads index files. */
export async function readIndexFiles(
  { repository }: Pick<Session, 'repository'>,
  ids: readonly IndexId[],
  signal?: AbortSignal,
): Promise<IndexFileContents> {
  const contents: IndexFileContents = new Map();
  for await (const { id, bytes } of readIndexFilesAhead(repository, ids, signal)) {
    const packs = [...parseIndexFile(bytes)];
    const blobs = packs.reduce((sum, pack) => sum + pack.blobs.length, 0);
    contents.set(id, { packs: packs.map((pack) => pack.id), blobs });
  }
  return contents;
}

async function readFates(
  session: Session,
  without: ReadonlySet<PackId>,
  signal: AbortSignal | undefined,
  read: IndexFileContents,
): Promise<IndexFileFate[]> {
  const ids = (await session.repository.backend.list('index')).map(({ name }) => asId<IndexId>(name));
  const unread = await readIndexFiles(
    session,
    ids.filter((id) => !read.has(id)),
    signal,
  );
  const files: IndexFileFate[] = [];
  const firstFile = new Map<PackId, IndexFileFate>();
  for (const id of ids) {
    const { packs, blobs } = (read.get(id) ?? unread.get(id))!;
    const mustGo = packs.some((pack) => without.has(pack));
    const file: IndexFileFate = { id, packs, isFull: blobs >= FULL_INDEX_BLOBS, mustGo };
    files.push(file);
    for (const pack of packs) {
      const other = firstFile.get(pack);
      // A pack must stand whole in one file.
      if (other && other !== file) other.mustGo = file.mustGo = true;
      else firstFile.set(pack, file);
    }
  }
  return files;
}

function* packsOf(index: BlobIndex, isWanted: (id: PackId) => boolean): Generator<IndexedPack> {
  for (const pack of index.packs()) if (pack.blobs.length > 0 && isWanted(pack.id)) yield pack;
}
