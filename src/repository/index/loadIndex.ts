import { throwIfAborted } from '../../base/abort.ts';
import { asId, type IndexId } from '../format/ids.ts';
import { parseIndexFile } from '../format/indexFile.ts';
import type { Repository } from '../repository.ts';
import { BlobIndex } from './blobIndex.ts';

/**
 * Loads every index file into one table (format notes 5). Memory in use beside the table is that of
 * one file. Throws `repository-damaged` if a file cannot be read: `repair index` mends that.
 */
export async function loadIndex(repository: Repository, signal?: AbortSignal): Promise<BlobIndex> {
  const files = await repository.backend.list('index');
  // A sealed, compressed entry takes some 50 bytes; a guess that spares the table from growing often.
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const index = new BlobIndex(Math.max(65_536, Math.ceil(bytes / 40)));
  for (const file of files) {
    throwIfAborted(signal);
    const packs = parseIndexFile(await repository.readFile('index', asId<IndexId>(file.name)));
    for (const pack of packs) index.addPack(pack.id, pack.blobs);
  }
  return index;
}
