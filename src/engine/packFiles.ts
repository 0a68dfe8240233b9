import { CairnError } from '../base/errors.ts';
import type { FileInfo } from '../backend/backend.ts';
import { asId, type PackId } from '../repository/format/ids.ts';
import type { BlobIndex } from '../repository/index/blobIndex.ts';
import type { Repository } from '../repository/repository.ts';

/**
 * The pack files, to hold the index against them. Throws `refused` if the index lists packs and of all packs none is
 * there: their folder is rather not mounted than lost.
 */
export async function listPackFiles(
  { backend }: Pick<Repository, 'backend'>,
  index: BlobIndex,
): Promise<Map<PackId, FileInfo>> {
  const files = await backend.list('pack');
  if (files.length === 0 && index.packIds.length > 0) throw packsAwayError(backend.location);
  return new Map(files.map((file) => [asId<PackId>(file.name), file]));
}

function packsAwayError(location: string): CairnError {
  return new CairnError(
    'refused',
    `The index of ${location} lists packs, and not one of them is there. If the drive is not connected completely, connect it. Nothing was changed.`,
  );
}
