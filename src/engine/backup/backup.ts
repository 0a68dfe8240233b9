/**
 * Backup: walk the source, store what is new, and write a snapshot that shows all of it.
 *
 * The walk runs here; reading, hashing and packing run in the codec pool. A file that the parent
 * snapshot knows and that has not changed is not read; its content is carried over. If it is known what
 * may have changed since the parent, all else is taken over without a look, so that the cost follows the
 * change and not the size of the source (design, section 4). Trees are built
 * from the leaves up as results come in. Everything is durable in the format's order: packs, the
 * index that names them, the snapshot (format notes 10).
 */
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { DiskPath, TreePath } from '../../base/pathKinds.ts';
import { throttleProgress } from '../../base/progress.ts';
import { asId, type BlobId, type SnapshotId } from '../../repository/format/ids.ts';
import type { Snapshot, SnapshotSummary } from '../../repository/format/snapshot.ts';
import { formatTime, parseTime } from '../../repository/format/time.ts';
import { PackSaver } from '../../repository/pack/packSaver.ts';
import { loadSnapshot, saveSnapshot, type StoredSnapshot } from '../../repository/snapshots.ts';
import { ChangedPaths } from '../../workspace/changedPaths.ts';
import { countTakenByGit } from '../../workspace/takenByGit.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import { codecSetupOf } from '../codec/codecSetup.ts';
import { currentOwner, type Session } from '../session.ts';
import { judgeChanges } from './alarm/judgeChanges.ts';
import type { BackupOptions, BackupResult, BackupTimes } from './backupOptions.ts';
import { BackupRun, type BackupBase } from './backupRun.ts';
import { markGonePacks } from './gonePacks.ts';
import { chooseParent } from './chooseParent.ts';
import { refuseSourcesInRepository } from './refuseSources.ts';
import { resolveTargets } from './resolveTargets.ts';
import type { RunningWalk } from './runningWalk.ts';
import { SourceRoots } from './sourceRoots.ts';
import { emptiedSources } from './emptiedSources.ts';
import { unreadPlaces } from './unreadPlaces.ts';
import { compilePatterns, patternNames } from '../../workspace/resticPatterns.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import type { SkippedEntry } from './findings.ts';
import { withSlashes } from '../../disk/paths.ts';
import { displayPath } from '../../base/rawName.ts';
import { hasPlace } from '../../base/samePlace.ts';

/**
 * Backs up into the session's repository.
 * Throws `source-not-found` if none of the targets exists, or one went away meanwhile, `refused` if patterns leave out all of them,
 * `source-unreadable` if nothing of one could be read, `aborted` (what was stored so far is kept and used by
 * the next run), and whatever storing fails with.
 */
export async function backup(session: Session, openCodecs: OpenCodecs, options: BackupOptions): Promise<BackupResult> {
  const start = options.walk?.plan.start ?? BigInt(Date.now()) * 1_000_000n;
  const { targets, missing } = findTargets(options);
  const paths = targets.map((target) => target.absolute);
  const roots = new SourceRoots(paths);
  const leftOut = findLeftOut(paths, options.rules);
  for (const target of options.rules.never ?? []) refuseSourcesInRepository(paths, target);
  const gonePacks = await markGonePacks(session);
  const hostname = options.hostname ?? currentOwner().hostname;
  const tags = typeof options.tags === 'function' ? undefined : options.tags;
  const base: BackupBase = (await findBase(session, options, paths)) ?? {
    sources: paths,
    parent: await chooseParent(session, options, { hostname, paths, tags }, start),
  };
  const { parent } = base;
  const { dryRun = false } = options;
  const saver = new PackSaver(session.repository, session.index, { checkLock: session.checkLock, dryRun });
  // From here on the pool is told, which an interrupt that came before would not be.
  throwIfAborted(options.signal);
  const codecs = openCodecs(codecSetupOf(session), (pack) => saver.submit(pack));
  const interrupt = () => codecs.interrupt();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  const progress = throttleProgress(options.onProgress);
  const walk = chooseWalk(options, base);
  const run = new BackupRun(session, codecs, saver, options, { ...base, walk }, progress.report);
  run.problems.push(...missing);
  try {
    const tree = await finishOrKeep(run, saver, () => run.store(targets.map((target) => target.written)));
    progress.flush();
    roots.requireAll();
    run.sources.requireNone(run.problems);
    const times = { start: formatTime(start), end: formatTime(BigInt(Date.now()) * 1_000_000n) };
    const unread = unreadIn(run, base);
    const snapshot = makeSnapshot(options, {
      times,
      parent,
      tree,
      paths,
      hostname,
      summary: await addWhatIsLeft(session, run, base, run.count.summary(times), options.signal),
      unread,
      attributesUntil: run.attributes.readUntil(times.start),
    });
    const unchanged = options.skipIfUnchanged === true && hasSamePaths(parent, paths) && run.isUnchanged;
    const snapshotId = dryRun || unchanged ? undefined : await writeSnapshot(session, options, snapshot);
    return {
      ...(snapshotId && { snapshotId }),
      ...(parent && { parent: parent.id }),
      isComplete: base.changes === undefined,
      summary: snapshot.summary!,
      ...findingsOf(run),
      leftOut,
      gonePacks,
      emptied: await emptiedSources(session, parent, run.sources.empty, leftOut),
    };
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    run.attributes.close();
    await codecs.close();
  }
}

/** What restic's counts do not tell, as they are about what is there, and only about what was looked at. */
async function addWhatIsLeft(
  session: Session,
  run: BackupRun,
  { parent, changes, sources }: BackupBase,
  summary: SnapshotSummary,
  signal: AbortSignal | undefined,
): Promise<SnapshotSummary> {
  const removed = parent && (await run.removed.count(session, signal));
  const filesRemoved = removed?.all;
  const before = parent?.snapshot.summary;
  const total = before && (before.filesTotal ?? before.totalFilesProcessed) + run.count.filesNew - filesRemoved!;
  const { git } = run.count;
  const gitFiles = { new: git.new, changed: git.changed, removed: removed?.git ?? 0 };
  const known = {
    ...summary,
    ...(filesRemoved && { filesRemoved }),
    ...(changes && total !== undefined && { filesTotal: total }),
    ...(gitFiles.new + gitFiles.changed + gitFiles.removed > 0 && { gitFiles }),
    ...(run.changed.path !== undefined && { changedAt: run.changed.path }),
  };
  if (!parent) return known;
  const countTaken = (gone: readonly DiskPath[]) => countTakenByGit(gone, sources, parseTime(parent.snapshot.time));
  return judgeChanges(known, run.tally, { before, isComplete: !changes, countTakenByGit: countTaken });
}

function findingsOf({ bytesRead, problems, skipped, attributes: { unread } }: BackupRun) {
  return { bytesRead, problems, skipped, ...(unread && { unreadAttributes: unread }) };
}

function findTargets({ targets: written, workingFolder }: BackupOptions): ReturnType<typeof resolveTargets> {
  const found = resolveTargets(written, workingFolder);
  if (found.targets.length > 0) return found;
  const reasons = found.missing.map(({ message }) => message).join(', ');
  throw new CairnError('source-not-found', `Nothing to back up: ${reasons}.`);
}

function unreadIn({ targetTree, problems }: BackupRun, { parent, changes }: BackupBase): TreePath[] {
  return unreadPlaces({ tree: targetTree!, problems, changes, before: parent?.snapshot.unread });
}

/** The targets that patterns leave out. A snapshot without any would look like a success and hold nothing. */
function findLeftOut(paths: readonly DiskPath[], { excludePatterns = {}, onMatch }: IgnoreOptions): SkippedEntry[] {
  const leftOut: SkippedEntry[] = [];
  for (const path of paths) {
    const scopes = compilePatterns(excludePatterns, patternNames(withSlashes(path)), { onMatch });
    const detail = scopes.find(({ own }) => own !== undefined)?.own;
    if (detail !== undefined) leftOut.push({ path, reason: 'exclude', detail });
  }
  const [first] = leftOut;
  if (!first || leftOut.length < paths.length) return leftOut;
  throw new CairnError(
    'refused',
    `No snapshot was made: the excludes leave out all that was to be backed up (${displayPath(first.path)} by ‘${displayPath(first.detail)}’). Change the pattern, or let another take it back: --exclude '!…'.`,
  );
}

function hasSamePaths(parent: StoredSnapshot | undefined, paths: readonly string[]): boolean {
  const before = parent?.snapshot.paths ?? [];
  return before.every((path) => hasPlace(paths, path)) && paths.every((path) => hasPlace(before, path));
}

async function writeSnapshot(session: Session, options: BackupOptions, snapshot: Snapshot): Promise<SnapshotId> {
  throwIfAborted(options.signal);
  await session.checkLock({ look: true });
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
  readonly unread: readonly string[];
  readonly attributesUntil: string | undefined;
}

/** User and numbers are left out where they are zero or unknown (format notes 6). */
function makeSnapshot(options: BackupOptions, facts: SnapshotFacts): Snapshot {
  const { username, uid, gid } = currentOwner();
  const { times, parent, tree, paths, hostname, summary, unread, attributesUntil } = facts;
  const tags = typeof options.tags === 'function' ? options.tags(summary) : options.tags;
  return {
    time: options.time === undefined ? times.start : formatTime(options.time),
    ...(parent && { parent: parent.id }),
    tree,
    paths,
    hostname,
    ...(username && { username }),
    ...(uid && { uid }),
    ...(gid && { gid }),
    ...(options.excludes?.length && { excludes: options.excludes }),
    ...(tags?.length && { tags }),
    programVersion: options.programVersion,
    summary,
    ...(unread.length > 0 && { unread }),
    ...(attributesUntil !== undefined && { attributesUntil }),
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

/** A walk that has begun, if it looks at what is wanted. */
function chooseWalk({ walk, keepGitFolders }: BackupOptions, { changes }: BackupBase): RunningWalk | undefined {
  if (!changes && !keepGitFolders) return walk;
  walk?.stop();
  return undefined;
}

/** The snapshot from which all is taken over that is not among the changes. */
async function findBase(
  session: Session,
  { changes }: BackupOptions,
  paths: readonly string[],
): Promise<BackupBase | undefined> {
  const parent = changes && (await loadIfThere(session, asId<SnapshotId>(changes.snapshot)));
  if (!parent || !paths.every((path) => hasPlace(parent.snapshot.paths, path))) return undefined;
  return { sources: paths, parent, changes: new ChangedPaths(changes.paths) };
}

async function loadIfThere({ repository }: Session, id: SnapshotId): Promise<StoredSnapshot | undefined> {
  try {
    return { id, snapshot: await loadSnapshot(repository, id) };
  } catch (error) {
    if (errorCode(error) === 'file-not-found' || errorCode(error) === 'repository-damaged') return undefined;
    throw error;
  }
}
