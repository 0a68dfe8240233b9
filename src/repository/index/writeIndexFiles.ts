import type { IndexId } from '../format/ids.ts';
import { indexedPackToJson, indexFileToJson, type IndexedPack } from '../format/indexFile.ts';
import { FULL_INDEX_BLOBS, type PackStore } from '../pack/packSaver.ts';

/**
 * Writes index files that list these packs, each pack whole in one file (format notes 5). They are
 * durable when this resolves. `beforeWrite` runs before each file and may throw.
 */
export async function writeIndexFiles(
  store: PackStore,
  packs: Iterable<IndexedPack>,
  beforeWrite: () => Promise<void>,
): Promise<IndexId[]> {
  const written: IndexId[] = [];
  let pending: string[] = [];
  let blobs = 0;
  const write = async () => {
    if (pending.length === 0) return;
    await beforeWrite();
    written.push(await store.writeFile('index', indexFileToJson(pending)));
    pending = [];
    blobs = 0;
  };
  for (const pack of packs) {
    pending.push(indexedPackToJson(pack));
    blobs += pack.blobs.length;
    if (blobs >= FULL_INDEX_BLOBS) await write();
  }
  await write();
  return written;
}
