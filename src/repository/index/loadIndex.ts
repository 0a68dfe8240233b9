import type { FileInfo } from '../../backend/backend.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { aheadOf } from '../../base/atOnce.ts';
import { errorCode } from '../../base/errors.ts';
import { asId, type IndexId } from '../format/ids.ts';
import { parseIndexFile } from '../format/indexFile.ts';
import { scanIndexFile } from '../format/indexScan.ts';
import type { Repository } from '../repository.ts';
import { BlobIndex } from './blobIndex.ts';

/**
 * Loads every index file into one table (format notes 5). Memory in use beside the table is that of
 * a few files. Throws `repository-damaged` if a file cannot be read: `repair index` mends that.
 */
export function loadIndex(repository: Repository, signal?: AbortSignal): Promise<BlobIndex> {
  return renewIndex(repository, undefined, signal);
}

/**
 * A kept index brought up to date: with what others have stored since, or a new one if files that it came
 * from are gone, as after a prune. For use while nobody can remove anything, and no other thread uses it.
 */
export async function renewIndex(
  repository: Repository,
  kept: BlobIndex | undefined,
  signal?: AbortSignal,
): Promise<BlobIndex> {
  let index = kept;
  await readWhileReplaced(async () => {
    const files = await repository.backend.list('index');
    const listed = new Set(files.map(({ name }) => name));
    const isWhole = index !== undefined && [...index.files].every((id) => listed.has(id));
    if (!isWhole) index = createIndexFor(files);
    await addIndexFiles(repository, index!, files, signal);
  });
  return index!;
}

/** How often index files are listed again that are gone when they are to be read. */
const MAX_LISTINGS = 10;

/**
 * Reads index files that another program, which holds an older lock than ours or none, may replace meanwhile:
 * `file-not-found` is no damage then, and all is listed again.
 */
export async function readWhileReplaced<T>(read: () => Promise<T>): Promise<T> {
  for (let listings = 1; ; listings++) {
    try {
      return await read();
    } catch (error) {
      if (errorCode(error) !== 'file-not-found' || listings === MAX_LISTINGS) throw error;
    }
  }
}

/** An empty table with room for what these index files list. */
export function createIndexFor(files: readonly FileInfo[]): BlobIndex {
  // A sealed, compressed entry takes some 50 bytes; a guess that spares the table from growing often.
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return new BlobIndex(Math.max(65_536, Math.ceil(bytes / 40)));
}

/**
 * Adds what others have stored since the index was loaded: a snapshot may be younger than our index.
 * Must not be called while other threads use the table. Returns whether there was anything.
 */
export async function refreshIndex(repository: Repository, index: BlobIndex): Promise<boolean> {
  const known = index.files.size;
  await readWhileReplaced(async () => addIndexFiles(repository, index, await repository.backend.list('index')));
  return index.files.size > known;
}

/** The plain JSON of index files, a few at a time, in the order of their ids. Throws as `Repository.readFile`. */
export function readIndexFilesAhead(
  repository: Repository,
  ids: readonly IndexId[],
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly id: IndexId; readonly bytes: Buffer }> {
  return aheadOf(ids, repository.backend.properties.connections, async (id) => {
    throwIfAborted(signal);
    return { id, bytes: await repository.readFile('index', id, signal) };
  });
}

/** Adds those of the files that the index does not know yet. */
async function addIndexFiles(
  repository: Repository,
  index: BlobIndex,
  files: readonly FileInfo[],
  signal?: AbortSignal,
): Promise<void> {
  const wanted = files.map((file) => asId<IndexId>(file.name)).filter((id) => !index.files.has(id));
  for await (const { id, bytes } of readIndexFilesAhead(repository, wanted, signal)) {
    if (!scanIndexFile(bytes, (pack, blobs) => index.addPack(pack, blobs))) {
      for (const pack of parseIndexFile(bytes)) index.addPack(pack.id, pack.blobs);
    }
    index.files.add(id);
  }
}
