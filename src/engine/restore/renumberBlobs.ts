import { CairnError } from '../../base/errors.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { readablePlaces } from './blobPlaces.ts';
import type { RestorePlan } from './restorePlan.ts';

/**
 * The plan with the numbers that its blobs have in this index: since it was made, the index may have been loaded
 * anew, and then the same numbers mean other blobs. Throws `refused` if a blob is gone.
 */
export function renumberBlobs<P extends Pick<RestorePlan, 'blobs' | 'index'>>(plan: P, index: BlobIndex): P {
  if (plan.index === index) return plan;
  const blobs = plan.blobs.map((number) => {
    const found = index.entryOf('data', plan.index.idBytes(number));
    if (found < 0 || readablePlaces(index, found).length === 0) throw contentGone();
    return found;
  });
  return { ...plan, blobs, index };
}

function contentGone(): CairnError {
  return new CairnError(
    'refused',
    'Content of this snapshot was removed from the repository after the restore was planned. Nothing was changed. Start again.',
  );
}
