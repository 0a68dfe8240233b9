/**
 * Prune: giving back the space of what no snapshot needs (format notes 10.1). A plan says first what
 * is needed, what goes, and what is rewritten because needed and unneeded content share a pack; it
 * changes nothing. Executing it is `executePrune.ts`.
 *
 * Beside the index, a plan takes some bytes for each blob and some more for each pack.
 */
import { throwIfAborted } from '../../base/abort.ts';
import { aheadOf } from '../../base/atOnce.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { asId, type IndexId, type PackId, type SnapshotId } from '../../repository/format/ids.ts';
import { findDeadLeftovers } from '../../repository/leftovers.ts';
import { loadSnapshot, SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { Repository } from '../../repository/repository.ts';
import { listPackFiles } from '../packFiles.ts';
import type { Session } from '../session.ts';
import { decidePacks, type PackDecision, type PruneLimits } from './decidePacks.ts';
import { AFTER_LOSS } from './afterLoss.ts';
import { markNeededBlobs } from './markNeededBlobs.ts';
import { measurePacks, type PackUsage, type PackUsages } from './measurePacks.ts';
import type { PackSize, PrunePlan, PruneStats } from './prunePlan.ts';

/** See {@link PruneOptions.graceMs}. Milliseconds: rustic, which has no locks, counts on as much. */
export const DEFAULT_GRACE = 24 * 60 * 60_000;

export interface PruneOptions extends PruneLimits {
  /**
   * Packs that were stored less than so many milliseconds ago stay as they are, whatever is in them: a program
   * without locks may be about to use them. {@link DEFAULT_GRACE} unless stated.
   */
  readonly graceMs?: number;
  /** Snapshots that were just removed, in case a listing still shows them. */
  readonly ignoredSnapshots?: readonly SnapshotId[];
  /** Prune also a repository without any snapshot, which empties it. */
  readonly allowEmpty?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/**
 * Says what a prune would do, in a session that holds an exclusive lock: while backups run, the index that
 * was loaded does not know all that their snapshots need.
 * Throws `repository-damaged`, and changes nothing, if anything that a snapshot needs is missing or
 * cannot be read; and `refused` if there is no snapshot at all, which may be a fault of the storage.
 */
export async function planPrune(session: Session, options: PruneOptions = {}): Promise<PrunePlan> {
  const { repository, index } = session;
  const progress = throttleProgress(options.onProgress);
  const ignoredSnapshots = options.ignoredSnapshots ?? [];
  const packFiles = readPackFiles(session, options.graceMs ?? DEFAULT_GRACE);
  // It is awaited only when the snapshots are known.
  packFiles.catch(() => {});
  const basis = await listBasis(session, ignoredSnapshots);
  const snapshots = await readSnapshots(repository, basis.snapshots, options.signal);
  if (snapshots.length === 0) {
    if (ignoredSnapshots.length === 0 && !options.allowEmpty) throw emptyError(session);
    // Without any, everything goes: one wrong answer of the storage must not be enough for that.
    if ((await listBasis(session, ignoredSnapshots)).snapshots.length > 0) throw changedError();
  }
  const files = await packFiles;
  const needed = await markNeededBlobs(session, snapshots, options.signal, (items) =>
    progress.report({ phase: 'Finding what is needed', items, totalItems: snapshots.length, bytes: 0 }),
  );
  progress.flush();
  throwIfAborted(options.signal);
  const broken = new Set(index.packIds.filter((id) => files.get(id)?.size !== index.packSize(id)));
  const usages = measurePacks(index, needed, broken);
  const { present, gone, unreferenced } = comparePacks(session, usages.packs, files);
  // What an index lists is complete, or nobody will ever use it.
  const isYoung = ({ id }: PackSize) => !broken.has(id) && (files.get(id)?.isYoung ?? false);
  const { packTarget } = repository.packing;
  const limits = { ...options, ...(packTarget !== undefined && { packTarget }) };
  const decision = decidePacks(present, isYoung, repository.config.version, limits);
  const leftovers = await findDeadLeftovers(repository.backend);
  const plan = { unreferenced: unreferenced.filter((pack) => !isYoung(pack)), leftovers };
  return {
    ...plan,
    basis,
    ignoredSnapshots,
    needed,
    remove: decision.remove.map(toPackSize),
    gone: gone.map((pack) => pack.id),
    repack: decision.repack.map(toPackSize),
    stats: {
      ...summarize(usages, decision, plan),
      waiting: waitingOf(
        decidePacks(present.filter(isYoung), () => false, repository.config.version, limits),
        unreferenced.filter(isYoung),
      ),
    },
  };
}

/** Exactly these: what one that cannot be read needs would be removed. */
async function readSnapshots(
  repository: Repository,
  ids: readonly SnapshotId[],
  signal: AbortSignal | undefined,
): Promise<StoredSnapshot[]> {
  const read = async (id: SnapshotId): Promise<StoredSnapshot> => {
    throwIfAborted(signal);
    return { id, snapshot: await loadSnapshot(repository, id) };
  };
  const snapshots: StoredSnapshot[] = [];
  try {
    for await (const stored of aheadOf(ids, repository.backend.properties.connections, read)) snapshots.push(stored);
  } catch (error) {
    if (errorCode(error) === 'file-not-found') throw changedError();
    throw error;
  }
  return snapshots;
}

/** Throws nothing; the caller does. */
export function changedError(): CairnError {
  const message =
    'The snapshots or the index of the repository changed while this prune was planned, or its storage does not show all of them. Nothing that is needed was removed; run it again.';
  return new CairnError('refused', message);
}

interface PackFile {
  /** Bytes. */
  readonly size: number;
  readonly isYoung: boolean;
}

async function readPackFiles({ repository, index }: Session, graceMs: number): Promise<Map<PackId, PackFile>> {
  // Without a grace, nothing is young, though the clock of the storage may be ahead of ours.
  const youngFrom = graceMs === 0 ? Infinity : Date.now() - graceMs;
  const files = await listPackFiles(repository, index);
  return new Map(
    [...files].map(([id, { size, modified = -Infinity }]) => [id, { size, isYoung: modified > youngFrom }]),
  );
}

function emptyError({ repository }: Session): CairnError {
  return new CairnError(
    'refused',
    `There is no snapshot in ${repository.backend.location}, so prune would remove everything. If that is what you want, give --allow-empty.`,
  );
}

/** The files that a plan depends on, in a fixed order. */
export async function listBasis(
  { repository }: Session,
  ignoredSnapshots: readonly SnapshotId[],
): Promise<PrunePlan['basis']> {
  const names = async (type: 'snapshot' | 'index') =>
    (await repository.backend.list(type)).map((file) => file.name).sort();
  const [snapshots, indexFiles] = await Promise.all([names('snapshot'), names('index')]);
  return {
    snapshots: snapshots.map((name) => asId<SnapshotId>(name)).filter((id) => !ignoredSnapshots.includes(id)),
    indexFiles: indexFiles.map((name) => asId<IndexId>(name)),
  };
}

/** Holds the index against the files (format notes 10.1, step 3). */
function comparePacks(session: Session, packs: readonly PackUsage[], files: ReadonlyMap<PackId, PackFile>) {
  const { location } = session.repository.backend;
  const present = packs.filter((pack) => files.has(pack.id));
  const gone = packs.filter((pack) => !files.has(pack.id));
  for (const pack of packs) {
    if (pack.usedBlobs === 0 || files.get(pack.id)?.size === pack.size) continue;
    const what = files.has(pack.id) ? 'does not have the size that the index says' : 'is missing';
    throw new CairnError(
      'repository-damaged',
      `Pack ${pack.id.slice(0, SHORT_ID_LENGTH)} of ${location}, which snapshots need, ${what}. Nothing was removed. "cairn verify" shows what is affected. ${AFTER_LOSS}`,
      { details: { pack: pack.id } },
    );
  }
  const unreferenced: PackSize[] = [];
  for (const [id, { size }] of files) if (!session.index.hasPack(id)) unreferenced.push({ id, size });
  return { present, gone, unreferenced };
}

function toPackSize({ id, size }: PackUsage): PackSize {
  return { id, size };
}

/** What would go as well if nothing were young. */
function waitingOf(rest: PackDecision, unreferenced: readonly PackSize[]): PruneStats['waiting'] {
  const packs = [...rest.remove, ...rest.repack];
  const bytes = packs.reduce((total, pack) => total + pack.unusedBytes, 0);
  return {
    packs: packs.length + unreferenced.length,
    bytes: unreferenced.reduce((total, pack) => total + pack.size, bytes),
  };
}

function summarize(
  usages: PackUsages,
  decision: PackDecision,
  { unreferenced, leftovers }: Pick<PrunePlan, 'unreferenced' | 'leftovers'>,
): Omit<PruneStats, 'waiting'> {
  const { packs, duplicateBlobs, duplicateBytes } = usages;
  const { keep, remove, repack } = decision;
  const used = sum(packs, 'used');
  const allUnused = sum(packs, 'unused');
  const removed = add(sum(remove, 'used'), sum(remove, 'unused'));
  const droppedByRepack = sum(repack, 'unused');
  const keptUnused = sum(keep, 'unused');
  const unreferencedBytes = unreferenced.reduce((total, pack) => total + pack.size, 0);
  const leftoverBytes = leftovers.reduce((total, { size }) => total + size, 0);
  return {
    used,
    duplicate: { blobs: duplicateBlobs, bytes: duplicateBytes },
    unused: { blobs: allUnused.blobs - duplicateBlobs, bytes: allUnused.bytes - duplicateBytes },
    unreferencedBytes,
    removed,
    repacked: add(sum(repack, 'used'), droppedByRepack),
    droppedByRepack,
    remaining: add(add(sum(keep, 'used'), keptUnused), sum(repack, 'used')),
    remainingUnusedBytes: keptUnused.bytes - sum(decision.young, 'unused').bytes,
    leftovers: { files: leftovers.length, bytes: leftoverBytes },
    freedBytes: removed.bytes + droppedByRepack.bytes + unreferencedBytes + leftoverBytes,
    packs: {
      kept: keep.length,
      removed: remove.length,
      repacked: repack.length,
      unreferenced: unreferenced.length,
    },
  };
}

function sum(packs: readonly PackUsage[], kind: 'used' | 'unused'): { blobs: number; bytes: number } {
  const total = { blobs: 0, bytes: 0 };
  for (const pack of packs) {
    total.blobs += pack[`${kind}Blobs`];
    total.bytes += pack[`${kind}Bytes`];
  }
  return total;
}

function add(a: { blobs: number; bytes: number }, b: typeof a): { blobs: number; bytes: number } {
  return { blobs: a.blobs + b.blobs, bytes: a.bytes + b.bytes };
}
