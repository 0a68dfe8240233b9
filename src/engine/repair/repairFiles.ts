/**
 * Healing: bringing back content that is damaged or missing in the repository, from what is left of it
 * there and from the disk.
 *
 * 1. The repository is verified, which says what is lost.
 * 2. What is intact in damaged packs, and of what is lost in packs that no index lists, is copied into new
 *    packs.
 * 3. Lost content of files is looked for in the files themselves and in any others that are named. Content
 *    is recognised by its hash, so it does not matter where it is found.
 * 4. The index is written without the damaged and missing packs. From here on a backup stores again what
 *    was in them, instead of taking it for stored.
 * 5. If lists of folders are lost, a backup of the same paths is made: folders that have not changed since
 *    get the very same lists, by which the old snapshots are whole again, too.
 *
 * Nothing is removed but index files that have been replaced. Damaged packs stay where they are, listed
 * nowhere; prune removes them, and it does so only once nothing that a snapshot needs is missing.
 */
import { CairnError } from '../../base/errors.ts';
import type { ProgressListener } from '../../base/progress.ts';
import { BlobReader } from '../../repository/blobReader.ts';
import { isDamageOnly } from '../verify/readIndexFiles.ts';
import type { BlobId, PackId, SnapshotId } from '../../repository/format/ids.ts';
import { loadIndex } from '../../repository/index/loadIndex.ts';
import type { Repository } from '../../repository/repository.ts';
import type { CodecPool, OpenCodecs } from '../codec/codecPool.ts';
import { withPackWriter } from '../codec/withPackWriter.ts';
import { rewriteIndex } from '../prune/rewriteIndex.ts';
import { withLock, type Session, type SessionOptions } from '../session.ts';
import { findAffectedPaths } from '../verify/affectedPaths.ts';
import { TreeCheck } from '../verify/checkTrees.ts';
import { examine, type Examination } from '../verify/examine.ts';
import type { AffectedPath, FindingKind } from '../verify/findings.ts';
import { toVerifyResult, type VerifyResult } from '../verify/verify.ts';
import { backUpLostFolders, type FreshBackup } from './backUpLostFolders.ts';
import { rescueFromDisk } from './rescueFromDisk.ts';
import { packsOf, readUnindexedPacks, salvagePacks } from './salvagePacks.ts';

export interface RepairFilesOptions extends Omit<SessionOptions, 'lock'> {
  /** Further files and folders in which lost content may be found: other copies, restored ones. */
  readonly paths?: readonly string[];
  /** How to back up paths of which lists of folders are lost; without it, they stay lost. */
  readonly freshBackup?: FreshBackup;
  readonly onProgress?: ProgressListener;
}

export interface RepairFilesResult {
  /** What was found first. */
  readonly before: VerifyResult;
  /** Intact blobs that were copied out of damaged packs. */
  readonly salvagedBlobs: number;
  /** Lost blobs that were found on the disk and stored again. */
  readonly rescuedBlobs: number;
  /** Snapshots that were made to bring lists of folders back. */
  readonly newSnapshots: readonly SnapshotId[];
  /** Packs that are no longer in the index. Their files, if they are there, were not touched. */
  readonly droppedPacks: readonly PackId[];
  /** What stays lost. */
  readonly stillLost: readonly AffectedPath[];
}

/**
 * Heals a repository under an exclusive lock, as the head of this file says. All data is read. Where nothing is damaged,
 * nothing is done. Throws `refused` when the index has to be repaired first, `locked`, `aborted`.
 */
export async function repairFiles(
  given: Repository,
  openCodecs: OpenCodecs,
  options: RepairFilesOptions = {},
): Promise<RepairFilesResult> {
  return withLock(given, { ...options, lock: 'exclusive' }, async ({ repository, confirmed, checkLock }) => {
    await confirmed;
    const examination = await examine(repository, openCodecs, { ...options, readData: true, mustRead: true });
    if (examination.reading.damaged.length > 0) throw indexError(repository);
    const { reading, reader } = examination;
    const session = { repository, index: reading.index, reader, checkLock };
    return heal(session, openCodecs, examination, options);
  });
}

function indexError({ backend }: Repository): CairnError {
  return new CairnError(
    'refused',
    `An index file of ${backend.location} is damaged, so it is not known yet what is lost. Run "cairn repair index" first.`,
  );
}

async function heal(
  session: Session,
  openCodecs: OpenCodecs,
  examination: Examination,
  options: RepairFilesOptions,
): Promise<RepairFilesResult> {
  const before = toVerifyResult(examination);
  const damagedPacks = packsWith(examination, 'pack-damaged');
  const bad = new Set([...damagedPacks, ...packsWith(examination, 'pack-missing')]);
  const nothing = { before, salvagedBlobs: 0, rescuedBlobs: 0, newSnapshots: [], droppedPacks: [], stillLost: [] };
  if (bad.size === 0 && examination.affected.length === 0) return nothing;

  const { unindexed } = examination.packCheck;
  const sources = [
    ...packsOf(session.index, damagedPacks),
    ...(before.affected.length > 0 ? await readUnindexedPacks(session.repository, unindexed, options.signal) : []),
  ];
  const { salvage, rescuedBlobs } = await withPackWriter(session, openCodecs, async (codecs) => ({
    salvage: await salvagePacks(session.index, codecs, sources, examination.damage, options.signal),
    rescuedBlobs: await rescueLostFiles(codecs, examination, options),
  }));
  for (const pack of salvage.incomplete) bad.delete(pack);
  await rewriteIndex(session, bad, options.signal);

  const index = await loadIndex(session.repository, options.signal);
  const fresh: Session = { ...session, index, reader: new BlobReader(session.repository, index) };
  const newSnapshots = await backUpLostFolders(fresh, openCodecs, examination, options);
  const stillLost = await findLosses(fresh, examination, options);
  return { before, salvagedBlobs: salvage.blobs, rescuedBlobs, newSnapshots, droppedPacks: [...bad], stillLost };
}

function packsWith({ findings }: Examination, kind: FindingKind): Set<PackId> {
  const files = findings.filter((finding) => finding.kind === kind).flatMap((finding) => finding.files ?? []);
  return new Set(files.map((file) => file.name as PackId));
}

async function rescueLostFiles(
  codecs: CodecPool,
  { affected, snapshots }: Examination,
  options: RepairFilesOptions,
): Promise<number> {
  const files = affected.filter((path) => path.type === 'file');
  const wanted = new Set<BlobId>(files.flatMap((path) => path.blobs));
  return rescueFromDisk(codecs, wanted, files, snapshots, options);
}

/** Checks all trees again, by the new index. */
async function findLosses(
  { repository, index, reader }: Session,
  { snapshots, damage }: Examination,
  { signal, onProgress }: RepairFilesOptions,
): Promise<AffectedPath[]> {
  const trees = new TreeCheck({ repository, index, reader }, damage.carryTo(index), isDamageOnly);
  await trees.check(snapshots, { ...(signal && { signal }), ...(onProgress && { onProgress }) });
  return findAffectedPaths(reader, snapshots, trees, signal);
}
