/**
 * Backup: walk the source, store what is new, and write a snapshot that shows all of it.
 *
 * The walk runs here; reading, hashing and packing run in the codec pool. A file that the parent
 * snapshot knows and that has not changed is not read; its content is carried over. Trees are built
 * from the leaves up as results come in. Everything is durable in the format's order: packs, the
 * index that names them, the snapshot (format notes 10).
 */
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import type { BlobId, SnapshotId } from '../../repository/format/ids.ts';
import type { Snapshot, SnapshotSummary } from '../../repository/format/snapshot.ts';
import { formatTime } from '../../repository/format/time.ts';
import { PackSaver } from '../../repository/pack/packSaver.ts';
import { findSnapshot, listSnapshots, saveSnapshot, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { codecSetupOf } from '../codec/codecSetup.ts';
import { currentOwner, type Session } from '../session.ts';
import { pathInside } from '../../workspace/paths.ts';
import { BackupRun, type BackupProblem, type BackupTimes, type EntryListener, type SkippedEntry } from './backupRun.ts';
import { findParent } from './findParent.ts';
import { resolveTargets } from './resolveTargets.ts';

export interface BackupOptions {
  /** What to back up, as the person wrote it: relative paths give another tree than absolute ones (format notes 6.1). */
  readonly targets: readonly string[];
  /** Where relative targets begin. Absolute. */
  readonly workingFolder: string;
  readonly rules: IgnoreOptions;
  readonly tags?: readonly string[];
  /** Recorded in the snapshot; the system's name unless stated. */
  readonly hostname?: string;
  /** Compare with this snapshot (id or prefix) instead of the newest that fits; `none` compares with nothing. */
  readonly parent?: string;
  /** Read every file, whatever its times say. */
  readonly forceHash?: boolean;
  /** Write nothing; say what would be written. */
  readonly dryRun?: boolean;
  /** Write no snapshot when its tree would equal the parent's. */
  readonly skipIfUnchanged?: boolean;
  /** Recorded in the snapshot, e.g. `cairn 0.1.0`. */
  readonly programVersion: string;
  /** The exclude globs as the person gave them, recorded in the snapshot. */
  readonly excludes?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Hears of every entry as soon as it is known what became of it. */
  readonly onEntry?: EntryListener;
}

export interface BackupResult {
  /** Absent for a dry run, and when nothing changed and that was to be skipped. */
  readonly snapshotId?: SnapshotId;
  readonly parent?: SnapshotId;
  readonly summary: SnapshotSummary;
  /** Bytes of files that were read. */
  readonly bytesRead: number;
  /** Files that could not be read or changed while they were read; the snapshot lacks or may mix them. */
  readonly problems: readonly BackupProblem[];
  /** What the rules left out, with the reason. */
  readonly skipped: readonly SkippedEntry[];
}

/**
 * Backs up into the session's repository.
 * Throws `source-not-found` if none of the targets exists, `aborted` (what was stored so far is kept
 * and used by the next run), and whatever storing fails with.
 */
export async function backup(session: Session, openCodecs: OpenCodecs, options: BackupOptions): Promise<BackupResult> {
  const start = BigInt(Date.now()) * 1_000_000n;
  const { targets, missing } = resolveTargets(options.targets, options.workingFolder);
  if (targets.length === 0) {
    throw new CairnError('source-not-found', `Nothing to back up: ${missing.map((m) => m.path).join(', ')} not found.`);
  }
  const paths = targets.map((target) => target.absolute);
  refuseSourceInside(options.rules.never ?? [], paths);
  const hostname = options.hostname ?? currentOwner().hostname;
  const parent = await chooseParent(session, options, hostname, paths, start);
  const saver = new PackSaver(session.repository, session.index, {
    checkLock: session.checkLock,
    dryRun: options.dryRun ?? false,
  });
  const codecs = openCodecs(codecSetupOf(session), (pack) => saver.submit(pack));
  const interrupt = () => codecs.interrupt();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  const progress = throttleProgress(options.onProgress);
  const run = new BackupRun(session, codecs, saver, options, parent, progress.report);
  run.problems.push(...missing);
  try {
    const tree = await finishOrKeep(run, saver, () => run.store(targets.map((target) => target.written)));
    progress.flush();
    const times = { start: formatTime(start), end: formatTime(BigInt(Date.now()) * 1_000_000n) };
    const snapshot = makeSnapshot(options, { times, parent, tree, paths, hostname, summary: run.summary(times) });
    const unchanged = options.skipIfUnchanged === true && parent?.snapshot.tree === tree;
    const snapshotId = options.dryRun || unchanged ? undefined : await writeSnapshot(session, options, snapshot);
    return {
      ...(snapshotId && { snapshotId }),
      ...(parent && { parent: parent.id }),
      summary: snapshot.summary!,
      bytesRead: run.bytesRead,
      problems: run.problems,
      skipped: run.skipped,
    };
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    await codecs.close();
  }
}

async function writeSnapshot(session: Session, options: BackupOptions, snapshot: Snapshot): Promise<SnapshotId> {
  throwIfAborted(options.signal);
  await session.checkLock();
  return saveSnapshot(session.repository, snapshot);
}

/** What a run gives to the snapshot. */
interface SnapshotFacts {
  readonly times: BackupTimes;
  readonly parent: StoredSnapshot | undefined;
  readonly tree: BlobId;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly summary: SnapshotSummary;
}

/** User and numbers are left out where they are zero or unknown (format notes 6). */
function makeSnapshot(options: BackupOptions, facts: SnapshotFacts): Snapshot {
  const { username, uid, gid } = currentOwner();
  const { times, parent, tree, paths, hostname, summary } = facts;
  return {
    time: times.start,
    ...(parent && { parent: parent.id }),
    tree,
    paths,
    hostname,
    ...(username && { username }),
    ...(uid && { uid }),
    ...(gid && { gid }),
    ...(options.excludes?.length && { excludes: options.excludes }),
    ...(options.tags?.length && { tags: options.tags }),
    programVersion: options.programVersion,
    summary,
  };
}

/** A cancelled run stores what is at hand before it ends, so that the next run need not do it again. */
async function finishOrKeep<T>(run: BackupRun, saver: PackSaver, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await saver.flush();
    return result;
  } catch (error) {
    if (run.isAborted) {
      await run.flushPacks();
      await saver.flush();
    }
    throw error;
  }
}

/** What lies inside a target is the backup itself. */
function refuseSourceInside(backupTargets: readonly string[], paths: readonly string[]): void {
  for (const place of backupTargets) {
    const inside = paths.find((path) => pathInside(place, path) !== undefined);
    if (inside === undefined) continue;
    throw new CairnError(
      'refused',
      `${displayPath(inside)} lies inside the repository ${displayPath(place)}, where the backup goes to. Name another source, or another repository.`,
    );
  }
}

async function chooseParent(
  session: Session,
  options: BackupOptions,
  hostname: string,
  paths: readonly string[],
  before: bigint,
): Promise<StoredSnapshot | undefined> {
  if (options.parent === 'none') return undefined;
  if (options.parent !== undefined) return findSnapshot(session.repository, options.parent);
  const snapshots = await listSnapshots(session.repository, { onDamaged: () => {} });
  return findParent(snapshots, hostname, paths, before);
}
