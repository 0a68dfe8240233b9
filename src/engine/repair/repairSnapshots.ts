/**
 * Snapshots without what is lost for good. Of each snapshot that lacks something a new one is made, as restic's
 * `repair snapshots` does: files lose the parts that are lost, folders whose lists are lost are empty. Those are the
 * same trees that restic makes. The original stays unless it is to be forgotten.
 *
 * All trees are written before the first snapshot is, and an original goes only when its successor is durable, so that
 * this can be interrupted at any moment and done again.
 */
import { withoutCache } from '../withoutCache.ts';
import { CairnError } from '../../base/errors.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { joinTreePath, treeRoot } from '../../base/treePath.ts';
import { BlobReader } from '../../repository/blobReader.ts';
import type { SnapshotId } from '../../repository/format/ids.ts';
import type { Snapshot } from '../../repository/format/snapshot.ts';
import type { Repository } from '../../repository/repository.ts';
import { listSnapshots, SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import { mergePlaces } from '../backup/unreadPlaces.ts';
import { chooseSnapshots, type SnapshotChoice } from '../chooseSnapshots.ts';
import { withLock, type Session, type SessionOptions } from '../session.ts';
import { isRight, surveyIndex } from './repairIndex.ts';
import { replaceSnapshot, writeTrees } from './replaceSnapshots.ts';
import { TreeRepair, type PathRepair, type RepairedTree } from './repairTrees.ts';

/** The tag of a repaired snapshot whose original is there, as restic has it. */
const REPAIRED_TAG = 'repaired';

export interface RepairSnapshotsOptions extends SnapshotChoice, Omit<SessionOptions, 'lock'> {
  /** Remove the original once the repaired snapshot is stored, and a snapshot of which nothing is left. */
  readonly forget?: boolean;
  /** Change nothing; say what would be done. */
  readonly dryRun?: boolean;
  /** Hears of each path that is repaired, once however many snapshots have it. */
  readonly onRepair?: (repair: PathRepair, snapshot: SnapshotId) => void;
  /** Hears of snapshots that cannot be read; they stay as they are. */
  readonly onDamaged?: (id: string, error: unknown) => void;
  readonly onProgress?: ProgressListener;
}

/** A snapshot that lacked something. */
export interface RepairedSnapshot {
  readonly before: SnapshotId;
  /** The one without what is lost; absent in a dry run. */
  readonly after?: SnapshotId;
  /** Its topmost list is lost, and so is all of it: there is nothing to make a snapshot of. */
  readonly isLost?: true;
  /** The original is gone, or would be. */
  readonly isRemoved: boolean;
}

/**
 * Repairs the chosen snapshots under an exclusive lock; see the head of this file. Returns those that lacked
 * something, newest first. Throws `refused` if the index does not say what is there, so that more would count as lost
 * than is; `snapshot-not-found`, `ambiguous-id`, `locked`, `aborted`, and what could not be read now.
 */
export async function repairSnapshots(
  given: Repository,
  options: RepairSnapshotsOptions = {},
): Promise<RepairedSnapshot[]> {
  const locked: SessionOptions = { ...options, lock: 'exclusive' };
  return withLock(withoutCache(given), locked, async ({ repository, confirmed, checkLock }) => {
    await confirmed;
    const index = await readRightIndex(repository, options);
    const session = { repository, index, reader: new BlobReader(repository, index), checkLock };
    const plans = await repairTrees(session, options);
    const known = plans.length > 0 ? await listSnapshots(repository, { onDamaged: () => {} }) : [];
    const repaired: RepairedSnapshot[] = [];
    for (const plan of plans) repaired.push(await replace(session, plan, known, options));
    return repaired;
  });
}

async function readRightIndex(repository: Repository, { signal, onProgress }: RepairSnapshotsOptions) {
  const found = await surveyIndex(repository, { ...(signal && { signal }), ...(onProgress && { onProgress }) });
  const { location } = repository.backend;
  if (!isRight(found)) {
    throw new CairnError(
      'refused',
      `The index of ${location} does not list what is there, so it is not known yet what is lost. Run "cairn repair index" first.`,
    );
  }
  const unreadable = found.survey.unreadable.find((pack) => pack.isListed);
  if (unreadable) {
    throw new CairnError(
      'refused',
      `The pack ${unreadable.id.slice(0, SHORT_ID_LENGTH)} of ${location} is damaged, and the index lists it still. Run "cairn repair files" first: it saves what is intact.`,
      { details: { pack: unreadable.id } },
    );
  }
  return found.reading.index;
}

/** A snapshot that lacks something, and its tree without that; nothing if nothing is left. */
interface Plan {
  readonly stored: StoredSnapshot;
  readonly repaired: RepairedTree | undefined;
}

async function repairTrees(session: Session, options: RepairSnapshotsOptions): Promise<Plan[]> {
  const { signal, dryRun, onRepair, onDamaged, ...choice } = options;
  const chosen = await chooseSnapshots(session.repository, { ...choice, ...(signal && { signal }) }, onDamaged);
  const progress = throttleProgress(options.onProgress);
  const plans: Plan[] = [];
  await writeTrees(session, { dryRun }, async (writer, ready) => {
    let at: SnapshotId;
    const trees = new TreeRepair(session, writer, (repair) => onRepair?.(repair, at), signal);
    for (const [items, stored] of chosen.entries()) {
      progress.report({ phase: 'Reading folder lists', items, totalItems: chosen.length, bytes: 0 });
      at = stored.id;
      const repaired = await trees.repair(stored.snapshot.tree, treeRoot);
      if (repaired?.tree !== stored.snapshot.tree) plans.push({ stored, repaired });
      await ready();
    }
  });
  progress.flush();
  return plans;
}

async function replace(
  session: Session,
  { stored: { id: before, snapshot }, repaired }: Plan,
  known: readonly StoredSnapshot[],
  { forget = false, dryRun, signal }: RepairSnapshotsOptions,
): Promise<RepairedSnapshot> {
  const facts = { before, ...(!repaired && { isLost: true as const }), isRemoved: forget };
  if (dryRun) return facts;
  const made = repaired && makeSnapshot(before, snapshot, repaired, forget);
  const after = await replaceSnapshot(session, { before, after: made, forget }, known, signal);
  return { ...facts, ...(after && { after }) };
}

function makeSnapshot(original: SnapshotId, snapshot: Snapshot, repaired: RepairedTree, forget: boolean): Snapshot {
  const { tags = [], unread = [] } = snapshot;
  const incomplete = repaired.incomplete.map((way) => joinTreePath(treeRoot, way));
  return {
    ...snapshot,
    tree: repaired.tree,
    original,
    tags: forget || tags.includes(REPAIRED_TAG) ? tags : [...tags, REPAIRED_TAG],
    unread: mergePlaces(new Set([...unread, ...incomplete])),
  };
}
