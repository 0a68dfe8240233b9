import type { FileInfo } from '../../backend/backend.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { asId, type IndexId } from '../format/ids.ts';
import { parseIndexFile } from '../format/indexFile.ts';
import { scanIndexFile } from '../format/indexScan.ts';
import type { Repository } from '../repository.ts';
import { BlobIndex } from './blobIndex.ts';

/**
 * Loads every index file into one table (format notes 5). Memory in use beside the table is that of
 * one file. Throws `repository-damaged` if a file cannot be read: `repair index` mends that.
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
  const files = await repository.backend.list('index');
  const listed = new Set(files.map(({ name }) => name));
  const isWhole = kept !== undefined && [...kept.files].every((id) => listed.has(id));
  const index = isWhole ? kept : createIndexFor(files);
  await addIndexFiles(
    repository,
    index,
    files.filter((file) => !index.files.has(asId<IndexId>(file.name))),
    signal,
  );
  return index;
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
  const files = await repository.backend.list('index');
  const fresh = files.filter((file) => !index.files.has(asId<IndexId>(file.name)));
  await addIndexFiles(repository, index, fresh);
  return fresh.length > 0;
}

async function addIndexFiles(
  repository: Repository,
  index: BlobIndex,
  files: readonly { readonly name: string }[],
  signal?: AbortSignal,
): Promise<void> {
  for (const file of files) {
    throwIfAborted(signal);
    const id = asId<IndexId>(file.name);
    const bytes = await repository.readFile('index', id);
    if (!scanIndexFile(bytes, (pack, blobs) => index.addPack(pack, blobs))) {
      for (const pack of parseIndexFile(bytes)) index.addPack(pack.id, pack.blobs);
    }
    index.files.add(id);
  }
}
