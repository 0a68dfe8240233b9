import type { Backend } from '../../backend/backend.ts';
import { CairnError } from '../../base/errors.ts';
import type { PackId } from '../../repository/format/ids.ts';
import type { IndexedPack } from '../../repository/format/indexFile.ts';
import { locatePackHeader, packFileSize, parsePackHeader } from '../../repository/format/pack.ts';
import type { Repository } from '../../repository/repository.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';

/** Nearly every header fits into this, so that one call reads it with its length. Bytes. */
const EAGER_LENGTH = 32 * 1024;

/**
 * What is in a pack, by its own header. Throws `blob-damaged` or `repository-damaged` if the header is not
 * what was written, or does not fit the file.
 */
export async function readPackHeader(repository: Repository, id: PackId, size: number): Promise<IndexedPack> {
  const end = await loadEnd(repository.backend, id, size, EAGER_LENGTH);
  const place = locatePackHeader(size, end);
  const needed = size - place.offset;
  const whole =
    needed <= end.length ? end.subarray(end.length - needed) : await loadEnd(repository.backend, id, size, needed);
  const blobs = parsePackHeader(repository.sealer.open(whole.subarray(0, place.length)));
  if (packFileSize(blobs) !== size) {
    throw new CairnError(
      'repository-damaged',
      `The header of pack ${id.slice(0, SHORT_ID_LENGTH)} does not fit the ${size} bytes of its file.`,
      { details: { pack: id, size } },
    );
  }
  return { id, blobs };
}

function loadEnd(backend: Backend, name: PackId, size: number, wanted: number): Promise<Buffer> {
  const length = Math.min(size, wanted);
  return backend.load({ type: 'pack', name }, { offset: size - length, length });
}
