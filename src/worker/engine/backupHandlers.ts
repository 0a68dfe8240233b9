import { displayPath } from '../../base/rawName.ts';
import {
  agentAtWork,
  backup,
  buildSnapshotTags,
  currentOwner,
  dataFolder,
  defaultRepositoryPaths,
  describeMassChange,
  diffWithDisk,
  findGonePacks,
  findSnapshot,
  keepGuard,
  noteBackup,
  noteEqual,
  noteSource,
  parseSnapshotTags,
  type Actor,
  type BackupResult,
  type Ledger,
  type OpenedDefault,
  type Repository,
  type SnapshotSummary,
  type StoredSnapshot,
  type WorkspaceIdentity,
} from '../../engine/index.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { errorCode } from '../../base/errors.ts';
import type { BackupReport, BackupRequest } from '../engineProtocol/backup.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';
import { compareFolder, isMore } from './changesHandlers.ts';
import type { Engine } from './engine.ts';
import type { FolderJournal, KnownState } from './folderJournal.ts';
import type { Call, Handlers } from './handler.ts';
import { ignoreOptions } from './ignoreOptions.ts';
import { snapshotRow } from './rows.ts';
import { stateOf } from './stateOf.ts';
import { backUpWorktrees } from './worktreeBackups.ts';
import { isOfWorkspace, withWorkspaceLock, workspaceOf } from './workspaces.ts';
import { isSamePlace } from '../../base/samePlace.ts';

/** So long a backup that nobody asked for waits for that of another window, in milliseconds; then it is tried later. */
const LONGEST_WAIT = 5_000;

/** What one backup has at hand. */
interface BackupRun {
  readonly engine: Engine;
  readonly request: BackupRequest;
  readonly call: Call;
  readonly identity: WorkspaceIdentity;
  readonly journal: FolderJournal;
  /** Those of this workspace, oldest first. */
  readonly snapshots: readonly StoredSnapshot[];
}

/** Backup of a workspace folder. */
export const backupHandlers: Handlers<'backup'> = {
  async backup(engine, request, call) {
    const { repository: ref, source, trigger } = request;
    const start = performance.now();
    engine.worktrees.interrupt();
    try {
      // A repository that is gone is not made again behind a person's back: that would hide the loss.
      const opened: Omit<OpenedDefault, 'repository'> =
        trigger === 'manual' || request.mayCreate ? await engine.openOrCreate(ref) : { created: false };
      const identity = await workspaceOf(source.folder);
      const longestWait = trigger === 'manual' ? Infinity : LONGEST_WAIT;
      const report = await withWorkspaceLock(identity, { longestWait, signal: call.signal }, async () => {
        const all = await engine.snapshots(ref);
        const snapshots = all.filter((stored) => isOfWorkspace(stored, source.folder, identity));
        const journal = engine.journals.of(source.folder, ref);
        return run({ engine, request, call, identity, journal, snapshots });
      });
      if (request.worktrees && report.scan === 'full')
        engine.worktrees.start((signal) => backUpWorktrees(engine, request, signal));
      const paths = defaultRepositoryPaths();
      const guardTrouble = engine.takeGuardTrouble();
      return {
        ...report,
        ...(opened.created && { createdRepository: { location: paths.repository, passwordFile: paths.passwordFile } }),
        ...(opened.recoveredFrom !== undefined && { recoveredFrom: opened.recoveredFrom }),
        ...(guardTrouble !== undefined && { guardTrouble }),
        milliseconds: performance.now() - start,
      };
    } catch (error) {
      if (!['aborted', 'locked', 'source-not-found'].includes(errorCode(error))) {
        // The target may be gone, and come back as another one. If it cannot be opened, that says more.
        await engine.drop(ref);
        await engine.open(ref);
      }
      throw error;
    }
  },
};

async function run(work: BackupRun): Promise<BackupReport> {
  const { request, journal } = work;
  const base = request.scan === 'journal' ? findBase(work) : undefined;
  const isQuick = base !== undefined && (await canBeQuick(work, base));
  if (isQuick && !request.evenIfUnchanged && journal.isKnownEqual(base)) {
    noteNothingNew(work);
    return emptyReport;
  }
  const changes = journal.takeForBackup();
  const since = isQuick && changes !== 'anything' ? { snapshot: base.snapshot, paths: changes } : undefined;
  try {
    const stored = since ? undefined : await findEqual(work);
    if (stored) {
      journal.settle(stored);
      noteNothingNew(work);
      return { ...emptyReport, scan: 'full' };
    }
    const { result, row } = await store(work, since);
    noteStored(work, result);
    if (!row) throwIfAborted(work.call.signal);
    const snapshot = result.snapshotId ?? result.parent;
    const newest = result.snapshotId ?? work.snapshots.at(-1)?.id;
    if (snapshot) journal.settle(stateOf(snapshot, request.source), newest);
    journal.note(result.problems.map(({ path }) => path));
    return { ...describe(result), ...(row && { snapshot: row }), scan: since ? 'journal' : 'full' };
  } catch (error) {
    journal.giveBack(changes);
    throw error;
  }
}

/** The ledger of the copies hears of it, when nobody waits any more. */
function noteStored({ engine, request }: BackupRun, result: BackupResult): void {
  const { repository, source, trigger } = request;
  const facts = { paths: [source.folder], host: currentOwner().hostname, isOneOfMany: trigger !== 'manual' };
  const rules = rulesOf(request);
  noteOf(engine, repository, async (ledger, opened) => {
    await keepGuard(opened);
    noteSource(dataFolder(), {
      repository: opened.config.id,
      targets: [source.folder],
      workingFolder: '/',
      rules,
    });
    await noteBackup(ledger, opened, result, facts);
  });
}

function noteNothingNew({ engine, request: { repository, source } }: BackupRun): void {
  noteOf(engine, repository, (ledger, opened) => noteEqual(ledger, opened, source.folder));
}

/** Opened now: by the time of the note, the settings that the reference has may be out of date. */
function noteOf(
  engine: Engine,
  ref: RepositoryRef,
  note: (ledger: Ledger, repository: Repository) => Promise<void>,
): void {
  const opening = engine.open(ref).catch(() => undefined);
  engine.noteLater(async (ledger) => {
    const opened = await opening;
    if (opened) await note(ledger, opened);
  });
}

/** Compares what was noted, by content: what was only touched makes no snapshot. False if all must be looked at. */
async function canBeQuick({ engine, request, call, journal }: BackupRun, base: KnownState): Promise<boolean> {
  if (!journal.isNarrow) return false;
  await compareFolder(engine, { ...request, journal, state: base, scan: 'journal' }, call);
  return true;
}

/** The snapshot that shows all but what was noted; one that another window made meanwhile is as good. */
function findBase({ request, journal, snapshots }: BackupRun): KnownState | undefined {
  const newest = snapshots.at(-1);
  const { base } = journal;
  if (!newest || !base) return undefined;
  const state = stateOf(newest.id, request.source);
  // One that was deleted may have held what no journal knows of any more.
  if (base.rules !== state.rules || !snapshots.some(({ id }) => id === base.snapshot)) return undefined;
  if (newest.id === base.snapshot || newest.id === journal.newestSeen) return base;
  if (!isLikeOurs(newest, request)) return undefined;
  journal.moveTo(state);
  return state;
}

/** Whether a snapshot is as a backup of this window would be. */
function isLikeOurs({ snapshot }: StoredSnapshot, request: BackupRequest): boolean {
  const { paths, tags = [], excludes = [], hostname, programVersion } = snapshot;
  return (
    parseSnapshotTags(tags).trigger !== undefined &&
    programVersion === request.programVersion &&
    hostname === currentOwner().hostname &&
    paths.length === 1 &&
    isSamePlace(paths[0]!, request.source.folder) &&
    String(excludes) === String(excludesOf(request))
  );
}

/**
 * The newest snapshot, if a look at everything that nobody asked for finds no difference to it in content or
 * modes. Times alone change all the time, above all those of `.git` folders, and are worth no snapshot.
 */
async function findEqual({ engine, request, call, snapshots }: BackupRun): Promise<KnownState | undefined> {
  const newest = snapshots.at(-1);
  const { trigger, evenIfUnchanged, source, repository } = request;
  const isAsked = trigger !== 'schedule' && trigger !== 'save' && trigger !== 'outside';
  if (isAsked || evenIfUnchanged || !newest || !isLikeOurs(newest, request)) return undefined;
  const found = new AbortController();
  try {
    const { problems } = await engine.withSession(repository, { lock: 'none' }, async (session) => {
      // A backup stores again what is gone, though nothing changed.
      if ((await findGonePacks(session)).length > 0) found.abort();
      return diffWithDisk(session, newest, {
        rules: rulesOf(request),
        metadata: true,
        forceHash: request.forceHash ?? false,
        onChange: (change) => {
          if (isMore(change)) found.abort();
        },
        signal: AbortSignal.any([call.signal, found.signal]),
      });
    });
    return problems.length === 0 && !found.signal.aborted ? stateOf(newest.id, source) : undefined;
  } catch (error) {
    throwIfAborted(call.signal);
    if (found.signal.aborted) return undefined;
    throw error;
  }
}

async function store(
  { engine, request, call, identity, snapshots }: BackupRun,
  changes: { readonly snapshot: string; readonly paths: readonly string[] } | undefined,
) {
  const { repository: ref, source, trigger, commit, commitIn } = request;
  // A second window that saw the same commit.
  const isCommitKnown = snapshots.some(
    ({ snapshot }) => commit !== undefined && parseSnapshotTags(snapshot.tags ?? []).commit === commit,
  );
  return engine.withSession(ref, { lock: 'shared', signal: call.signal }, async (session) => {
    const result = await backup(session, engine.openSaveCodecs, {
      targets: [source.folder],
      workingFolder: '/',
      rules: rulesOf(request),
      tags: (summary) =>
        buildSnapshotTags({
          trigger,
          workspace: identity.id,
          ...labelOf(request, summary),
          ...(commit !== undefined && { commit }),
          ...(commitIn !== undefined && { commitIn }),
          ...actorOf(request, changes !== undefined),
        }),
      hostname: currentOwner().hostname,
      programVersion: request.programVersion,
      excludes: excludesOf(request),
      forceHash: request.forceHash ?? false,
      skipIfUnchanged: !request.evenIfUnchanged || isCommitKnown,
      ...(changes && { changes, keepGitFolders: true }),
      ...call,
    });
    const { snapshotId, parent } = result;
    const row = snapshotId && snapshotRow(await findSnapshot(session.repository, snapshotId), parent);
    return { result, row };
  });
}

/** What nobody gave a name to gets one if it is worth going back for. */
function labelOf({ trigger, label }: BackupRequest, summary: SnapshotSummary): { readonly label?: string } {
  const isAsked = trigger === 'manual' || trigger === 'restore';
  const words = label ?? (isAsked ? undefined : describeMassChange(summary));
  return words === undefined ? {} : { label: words };
}

/** What nobody else is known to have changed came from the agent whose turn goes on in the folder, if there is one. */
function actorOf({ actor, source }: BackupRequest, isOfNotes: boolean): { readonly actor?: Actor } {
  if (!actor || actor.kind === 'git' || (isOfNotes && actor.kind !== 'unknown')) return actor ? { actor } : {};
  return { actor: agentAtWork(dataFolder(), [source.folder], Date.now()) ?? { kind: 'unknown' } };
}

const rulesOf = ({ repository, source }: BackupRequest) => ignoreOptions(source.rules, repository);

/** As they are recorded in snapshots. */
function excludesOf(request: BackupRequest): string[] {
  const { excludeGlobs = [], excludePatterns } = rulesOf(request);
  return [...excludeGlobs, ...(excludePatterns?.patterns ?? []), ...(excludePatterns?.anyCase ?? [])];
}

const emptyReport: BackupReport = {
  filesNew: 0,
  filesChanged: 0,
  filesUnchanged: 0,
  bytesAdded: 0,
  bytesRead: 0,
  milliseconds: 0,
  scan: 'journal',
  problems: [],
};

function describe(result: BackupResult): Omit<BackupReport, 'scan'> {
  const { summary, problems, skipped, bytesRead, gonePacks } = result;
  return {
    filesNew: summary.filesNew,
    filesChanged: summary.filesChanged,
    filesUnchanged: summary.filesUnmodified,
    bytesAdded: summary.dataAddedPacked,
    bytesRead,
    milliseconds: 0,
    problems: [...problems.map(({ path, message }) => ({ path, message })), ...slowPatterns(skipped)],
    ...(gonePacks.length > 0 && { gonePacks: gonePacks.length }),
  };
}

/** Ignore files that a person should hear of: they leave out nothing. */
function slowPatterns(skipped: BackupResult['skipped']): BackupReport['problems'] {
  const slow = skipped.filter(({ reason }) => reason === 'slow-patterns');
  return slow.map(({ path, detail }) => ({ path, message: `${displayPath(path)} was passed over: ${detail}.` }));
}
