import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import type { BlobId, PackId } from '../../repository/format/ids.ts';
import type { PackEntry } from '../../repository/format/pack.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { codecSetupOf, type ReadSetup } from '../codec/codecSetup.ts';
import type { UnreadBlob } from '../codec/readPieces.ts';
import type { PackToRepack } from '../codec/repackBlobs.ts';
import { runJobs } from '../codec/runJobs.ts';
import { withPackWriter } from '../codec/withPackWriter.ts';
import type { Session } from '../session.ts';

export interface CopyBlobsOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

export interface CopiedBlobs {
  /** Bytes of the packs that were stored. */
  readonly bytesWritten: number;
  /** What could be read nowhere, and why. */
  readonly lost: ReadonlyMap<BlobId, UnreadBlob>;
}

/** So many bytes of blobs make a job for a thread. */
const JOB_BYTES = 32 * 1024 * 1024;

/**
 * Copies blobs, each proven by its hash, into new packs of another repository, sealed with its key; they are stored and
 * listed there when this resolves. What cannot be read at one place is looked for at the others where it lies.
 * @param wanted 1 for each blob, by the number of its entry in the source's index
 */
export async function copyBlobs(
  source: Session,
  target: Session,
  openCodecs: OpenCodecs,
  wanted: Uint8Array,
  { signal, onProgress }: CopyBlobsOptions,
): Promise<CopiedBlobs> {
  const { storage, masterKey } = codecSetupOf(source);
  const from: ReadSetup = { storage, masterKey };
  const progress = throttleProgress(onProgress);
  const totalItems = wanted.reduce((sum, one) => sum + one, 0);
  let items = 0;
  let bytes = 0;
  const result = await withPackWriter(
    target,
    (setup, onPack) => openCodecs({ ...setup, source: from }, onPack),
    async (codecs, saver) => {
      const copy = async (jobs: Iterable<PackToRepack[]>): Promise<UnreadBlob[]> => {
        const unread: UnreadBlob[] = [];
        const run = async (packs: PackToRepack[]) => {
          await saver.ready();
          const done = await codecs.run('repackBlobs', packs);
          unread.push(...done.unread);
          items += done.blobs;
          bytes += done.bytes;
          progress.report({ phase: 'Copying content', items, totalItems, bytes });
        };
        await runJobs(codecs, jobs, run, signal);
        return unread;
      };
      const lost = await copyRest(source, copy, await copy(wantedJobs(source, wanted)));
      return { saver, lost };
    },
  );
  progress.flush();
  return { bytesWritten: result.saver.bytesWritten, lost: result.lost };
}

/** Tries the other places of what could not be read at the first. */
async function copyRest(
  { index }: Session,
  copy: (jobs: Iterable<PackToRepack[]>) => Promise<UnreadBlob[]>,
  firstUnread: readonly UnreadBlob[],
): Promise<Map<BlobId, UnreadBlob>> {
  const tried = new Map<BlobId, Set<PackId>>();
  const lost = new Map<BlobId, UnreadBlob>();
  for (let unread = firstUnread; unread.length > 0;) {
    const jobs: PackToRepack[][] = [];
    for (const blob of unread) {
      const packs = tried.get(blob.id) ?? new Set();
      tried.set(blob.id, packs.add(blob.packId));
      const place = index.locations(blob.type, blob.id).find(({ packId }) => !packs.has(packId));
      if (!place) lost.set(blob.id, blob);
      else jobs.push([{ id: place.packId, blobs: [{ ...place, type: blob.type, id: blob.id }] }]);
    }
    unread = await copy(jobs);
  }
  return lost;
}

/** By pack, each blob where it is met first. */
function* wantedJobs({ index }: Session, wanted: Uint8Array): Generator<PackToRepack[]> {
  const left = Uint8Array.from(wanted);
  const take = ({ type, id }: PackEntry): boolean => {
    const entry = index.entryOf(type, id);
    if (left[entry] !== 1) return false;
    left[entry] = 0;
    return true;
  };
  let job: PackToRepack[] = [];
  let bytes = 0;
  for (const { id, blobs } of index.packs()) {
    const chosen = blobs.filter(take);
    if (chosen.length === 0) continue;
    job.push({ id, blobs: chosen });
    bytes += chosen.reduce((sum, blob) => sum + blob.length, 0);
    if (bytes < JOB_BYTES) continue;
    yield job;
    job = [];
    bytes = 0;
  }
  if (job.length > 0) yield job;
}
