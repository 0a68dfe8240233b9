import { throwIfAborted } from '../../base/abort.ts';
import { errorCode } from '../../base/errors.ts';
import { isDamage } from '../../repository/damage.ts';
import type { PackId } from '../../repository/format/ids.ts';
import type { IndexedPack } from '../../repository/format/indexFile.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { Repository } from '../../repository/repository.ts';
import type { CodecPool } from '../codec/codecPool.ts';
import { runJobs } from '../codec/runJobs.ts';
import type { PackCheck } from '../verify/checkPacks.ts';
import type { Damage } from '../verify/damage.ts';
import { readPackHeader } from './readPackHeader.ts';

/**
 * Copies what is intact in these packs, and nowhere else, into new packs. `incomplete` are the packs of
 * which not all that seemed intact could be read.
 */
export async function salvagePacks(
  index: BlobIndex,
  codecs: CodecPool,
  packs: readonly IndexedPack[],
  damage: Damage,
  signal: AbortSignal | undefined,
): Promise<{ blobs: number; incomplete: Set<PackId> }> {
  let blobs = 0;
  const incomplete = new Set<PackId>();
  await runJobs(
    codecs,
    intactParts(index, packs, damage),
    async (pack) => {
      const copied = await codecs.run('repackBlobs', [pack]);
      blobs += copied.blobs;
      if (copied.unread.length > 0) incomplete.add(pack.id);
    },
    signal,
  );
  return { blobs, incomplete };
}

function* intactParts(index: BlobIndex, packs: readonly IndexedPack[], damage: Damage): Generator<IndexedPack> {
  const leaving = new Set(packs.map((pack) => pack.id));
  const taken = new Set<string>();
  for (const pack of packs) {
    const blobs = pack.blobs.filter(({ type, id, offset }) => {
      if (!damage.isGood({ packId: pack.id, offset }) || taken.has(type + id)) return false;
      const others = index.locations(type, id).filter((place) => !leaving.has(place.packId));
      if (others.some((place) => damage.isGood(place))) return false;
      taken.add(type + id);
      return true;
    });
    if (blobs.length > 0) yield { id: pack.id, blobs };
  }
}

/** The packs of the index with these ids. */
export function packsOf(index: BlobIndex, ids: ReadonlySet<PackId>): IndexedPack[] {
  return [...index.packs()].filter((pack) => ids.has(pack.id));
}

/** What packs that no index lists say of themselves; those that say nothing are left out. */
export async function readUnindexedPacks(
  repository: Repository,
  unindexed: PackCheck['unindexed'],
  signal: AbortSignal | undefined,
): Promise<IndexedPack[]> {
  const packs: IndexedPack[] = [];
  for (const { id, size } of unindexed) {
    throwIfAborted(signal);
    try {
      packs.push(await readPackHeader(repository, id, size));
    } catch (error) {
      if (!isDamage(errorCode(error))) throw error;
    }
  }
  return packs;
}
