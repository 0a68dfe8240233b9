import type { PackId } from '../../repository/format/ids.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { CodecPool } from '../codec/codecPool.ts';
import type { PackToRepack } from '../codec/repackBlobs.ts';
import { runJobs } from '../codec/runJobs.ts';
import type { Damage } from '../verify/damage.ts';

/**
 * Copies what is intact in damaged packs, and nowhere else, into new packs. `unreadable` are the packs of
 * which not all that seemed intact could be read; they must stay in the index.
 */
export async function salvagePacks(
  index: BlobIndex,
  codecs: CodecPool,
  damaged: ReadonlySet<PackId>,
  damage: Damage,
  signal: AbortSignal | undefined,
): Promise<{ blobs: number; unreadable: Set<PackId> }> {
  let blobs = 0;
  const unreadable = new Set<PackId>();
  await runJobs(
    codecs,
    intactBlobs(index, damaged, damage),
    async (pack) => {
      const copied = await codecs.run('repackBlobs', [pack]);
      blobs += copied.blobs;
      if (copied.unread.length > 0) unreadable.add(pack.id);
    },
    signal,
  );
  return { blobs, unreadable };
}

function* intactBlobs(index: BlobIndex, damaged: ReadonlySet<PackId>, damage: Damage): Generator<PackToRepack> {
  const taken = new Set<string>();
  for (const pack of index.packs()) {
    if (!damaged.has(pack.id)) continue;
    const blobs = pack.blobs.filter(({ type, id, offset }) => {
      if (!damage.isGood({ packId: pack.id, offset }) || taken.has(type + id)) return false;
      const others = index.locations(type, id).filter((place) => !damaged.has(place.packId));
      if (others.some((place) => damage.isGood(place))) return false;
      taken.add(type + id);
      return true;
    });
    if (blobs.length > 0) yield { id: pack.id, blobs };
  }
}
