/**
 * Does what a prune plan says, in the order in which a crash at any instant costs nothing (format
 * notes 10.1, step 6): packs that nobody lists go first; what is needed from packs that are given up
 * is copied and listed; then the index is written without those packs; then they go. Whatever is
 * interrupted leaves surplus data only, and the next prune finishes it.
 */
import type { Leftover } from '../../backend/backend.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { allAtOnce } from '../../base/atOnce.ts';
import { CairnError, strikesEveryCall } from '../../base/errors.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { isDamage } from '../../repository/damage.ts';
import type { PackId } from '../../repository/format/ids.ts';
import type { PackEntry } from '../../repository/format/pack.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import type { UnreadBlob } from '../codec/readPieces.ts';
import { holdsTrees, type PackToRepack } from '../codec/repackBlobs.ts';
import { runJobs } from '../codec/runJobs.ts';
import { withPackWriter } from '../codec/withPackWriter.ts';
import type { Session } from '../session.ts';
import { AFTER_LOSS } from './afterLoss.ts';
import { changedError, listBasis } from './planPrune.ts';
import { isEmptyPlan, type PackSize, type PrunePlan } from './prunePlan.ts';
import { readIndexFiles, rewriteIndex } from './rewriteIndex.ts';

export interface ExecutePruneOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

export interface PruneResult {
  readonly packsRemoved: number;
  /** Bytes of all files removed. */
  readonly bytesRemoved: number;
  /** Bytes of the packs written anew. */
  readonly bytesWritten: number;
  readonly indexFilesWritten: number;
  readonly indexFilesRemoved: number;
  /** Files that could not be removed, packs by their ids; the next prune tries again. */
  readonly notRemoved: readonly { readonly file: string; readonly message: string }[];
}

/** So many bytes of blobs make a job for a thread: little work is not spread, so it ends in few packs. */
const JOB_BYTES = 32 * 1024 * 1024;

/**
 * Executes a plan in the session in which it was made, which must hold an exclusive lock. The session's
 * index does not describe the repository afterwards: end the session.
 * Throws `refused` if the repository changed since the plan was made, `repository-damaged` if something
 * needed cannot be read (nothing is removed then but packs that no index lists), `aborted`, `lock-lost`.
 */
export async function executePrune(
  session: Session,
  openCodecs: OpenCodecs,
  plan: PrunePlan,
  options: ExecutePruneOptions = {},
): Promise<PruneResult> {
  const { signal } = options;
  await requireUnchanged(session, plan);
  const removal = new Removal(session, options);
  await removal.removeLeftovers(plan.leftovers);
  await removal.remove(plan.unreferenced, 'Removing packs that nobody lists');
  const leaving = leavingPacks(plan);
  // While threads rewrite packs, this one has nothing else to do.
  const indexFiles = readIndexFiles(session, plan.basis.indexFiles, signal);
  const [rewriting] = await Promise.allSettled([repack(session, openCodecs, plan, options), indexFiles]);
  if (rewriting.status === 'rejected') throw rewriting.reason;
  if (!isEmptyPlan(plan)) requireNothingLost(session, plan, leaving);
  const index = await rewriteIndex(session, leaving, signal, await indexFiles);
  await removal.remove([...plan.remove, ...plan.repack], 'Removing packs');
  return {
    packsRemoved: removal.packs,
    bytesRemoved: removal.bytes,
    bytesWritten: rewriting.value,
    indexFilesWritten: index.written,
    indexFilesRemoved: index.removed,
    notRemoved: removal.failures,
  };
}

function leavingPacks(plan: PrunePlan): Set<PackId> {
  return new Set([...plan.remove, ...plan.repack].map((pack) => pack.id).concat(plan.gone));
}

async function requireUnchanged(session: Session, plan: PrunePlan): Promise<void> {
  const now = await listBasis(session, plan.ignoredSnapshots);
  const isSame = (a: readonly string[], b: readonly string[]) => a.join() === b.join();
  if (isSame(now.snapshots, plan.basis.snapshots) && isSame(now.indexFiles, plan.basis.indexFiles)) return;
  throw changedError();
}

/** Copies what is needed into new packs, which are stored and listed when this resolves. Returns their bytes. */
async function repack(
  session: Session,
  openCodecs: OpenCodecs,
  plan: PrunePlan,
  { signal, onProgress }: ExecutePruneOptions,
): Promise<number> {
  if (plan.repack.length === 0) return 0;
  const progress = throttleProgress(onProgress);
  let items = 0;
  let bytes = 0;
  const writer = await withPackWriter(session, openCodecs, async (codecs, saver) => {
    const copy = async (packs: readonly PackToRepack[]) => {
      await saver.ready();
      const { unread } = await codecs.run('repackBlobs', packs);
      if (unread.length > 0) throw unreadError(session, unread);
      items += packs.length;
      bytes += packs.reduce((sum, pack) => sum + blobBytes(pack.blobs), 0);
      progress.report({ phase: 'Rewriting packs', items, totalItems: plan.repack.length, bytes });
    };
    await runJobs(codecs, repackJobs(session, plan), copy, signal);
    return saver;
  });
  progress.flush();
  return writer.bytesWritten;
}

/** The needed blobs of packs to be rewritten, each once, and none that also lies in a pack that stays. */
function* repackJobs({ index }: Session, plan: PrunePlan): Generator<PackToRepack[]> {
  const wanted = Uint8Array.from(plan.needed);
  const leaving = leavingPacks(plan);
  const repacked = new Set(plan.repack.map((pack) => pack.id));
  const take = ({ type, id }: PackEntry): boolean => {
    const entry = index.entryOf(type, id);
    if (wanted[entry] !== 1) return false;
    wanted[entry] = 0;
    return index.locations(type, id).every((place) => leaving.has(place.packId));
  };
  // Folders go to one thread and contents to another: together they would fill no fewer packs.
  const jobs = { trees: new RepackJob(), contents: new RepackJob() };
  for (const { id, blobs } of index.packs()) {
    if (!repacked.has(id)) continue;
    const pack = { id, blobs: blobs.filter(take) };
    const job = jobs[holdsTrees(pack.blobs) ? 'trees' : 'contents'];
    job.add(pack);
    if (job.bytes >= JOB_BYTES) yield job.end();
  }
  for (const job of [jobs.contents, jobs.trees]) if (job.packs.length > 0) yield job.end();
}

class RepackJob {
  packs: PackToRepack[] = [];
  bytes = 0;

  add(pack: PackToRepack): void {
    this.packs.push(pack);
    this.bytes += blobBytes(pack.blobs);
  }

  /** What there is; begins anew. */
  end(): PackToRepack[] {
    const { packs } = this;
    this.packs = [];
    this.bytes = 0;
    return packs;
  }
}

function blobBytes(blobs: readonly PackEntry[]): number {
  return blobs.reduce((sum, blob) => sum + blob.length, 0);
}

function unreadError(session: Session, unread: readonly UnreadBlob[]): CairnError {
  const { packId, message, code } = unread.find((blob) => isDamage(blob.code)) ?? unread[0]!;
  const failed = `Content that snapshots need cannot be read from pack ${packId.slice(0, SHORT_ID_LENGTH)} of ${session.repository.backend.location} (${message}). Nothing that is needed was removed.`;
  const isLost = isDamage(code);
  return new CairnError(
    isLost ? 'repository-damaged' : code,
    isLost
      ? `${failed} "cairn verify --read-data" shows what is affected. ${AFTER_LOSS}`
      : `${failed} Check the storage, and run it again.`,
    { details: { pack: packId, blobs: unread.map((blob) => blob.id) } },
  );
}

/** The last look before anything goes: every needed blob must lie in a pack that stays. */
function requireNothingLost({ index }: Session, { needed }: PrunePlan, leaving: ReadonlySet<PackId>): void {
  const missing = Uint8Array.from(needed);
  for (const { type, id, packId } of index.entries()) {
    if (!leaving.has(packId)) missing[index.entryOf(type, id)] = 0;
  }
  if (missing.includes(1)) throw new CairnError('internal', 'A prune would have lost content. Nothing was removed.');
}

/** Removes files. A failure is noted, since nothing refers to what is left then; it is thrown once the storage is away. */
class Removal {
  packs = 0;
  bytes = 0;
  readonly failures: { file: string; message: string }[] = [];
  #away = 0;
  readonly #session: Session;
  readonly #options: ExecutePruneOptions;

  constructor(session: Session, options: ExecutePruneOptions) {
    this.#session = session;
    this.#options = options;
  }

  async removeLeftovers(leftovers: readonly Leftover[]): Promise<void> {
    const { backend } = this.#session.repository;
    await this.#each(leftovers, async (leftover) => {
      try {
        await backend.removeLeftover(leftover);
        this.bytes += leftover.size;
      } catch (error) {
        this.#note(leftover.path, error);
      }
    });
  }

  async remove(packs: readonly PackSize[], phase: string): Promise<void> {
    const progress = throttleProgress(this.#options.onProgress);
    const { backend } = this.#session.repository;
    let items = 0;
    await this.#each(packs, async ({ id, size }) => {
      try {
        await backend.remove({ type: 'pack', name: id });
        this.packs++;
        this.bytes += size;
      } catch (error) {
        this.#note(id, error);
      }
      progress.report({ phase, items: ++items, totalItems: packs.length, bytes: this.bytes });
    });
    progress.flush();
  }

  /** Where as many failed as are tried at once since the storage is away, it is not waited for once more for each. */
  #note(file: string, error: unknown): void {
    this.failures.push({ file, message: (error as Error).message });
    if (strikesEveryCall(error) && ++this.#away >= this.#session.repository.backend.properties.connections) throw error;
  }

  #each<Item>(items: readonly Item[], remove: (item: Item) => Promise<void>): Promise<void> {
    const { connections } = this.#session.repository.backend.properties;
    return allAtOnce(items, connections, async (item) => {
      throwIfAborted(this.#options.signal);
      await this.#session.checkLock();
      await remove(item);
    });
  }
}
