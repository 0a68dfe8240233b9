import { createHash } from 'node:crypto';
import { errorCode } from '../../base/errors.ts';
import { displayLocation, parseLocation } from '../../base/location.ts';
import { storageAt } from '../../base/storageAccess.ts';
import {
  checkReplicaAt,
  copySnapshots,
  isDamage,
  listSnapshots,
  locationFolder,
  noteCopied,
  parseTime,
  reachStorage,
  replicateTo,
  resolvePath,
  withLockFile,
  withSession,
  type Repository,
  type StoredSnapshot,
} from '../../engine/index.ts';
import type { ReplicaPair, ReplicateReport } from '../engineProtocol/copies.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';
import type { Call, Handlers } from './handler.ts';
import { lockFileOf } from './workspaces.ts';

/** As many lines of a report as a person may want to look through. */
const MAX_LINES = 5_000;

/** Copies of repositories and of snapshots elsewhere. They take shared locks of their own: backups go on meanwhile. */
export const copyHandlers: Handlers<'replicate' | 'compareReplica' | 'snapshotsAfter' | 'copySnapshots'> = {
  async replicate(engine, { source: ref, replica, dryRun = false, init = false }, call) {
    await reachBoth({ source: ref, replica }, call);
    const source = await engine.open(ref);
    const place = storageAt(replica.location!, replica.access);
    return aloneOrElsewhere(source, replica, call, async () => {
      const { count, newest } = after(await readable(source, call), undefined);
      const result = await replicateTo(source, place, { ...call, dryRun, init });
      const { copied, removal, problems } = result;
      return {
        state: 'done',
        created: result.created,
        files: sum(copied.files),
        bytes: copied.bytes,
        snapshots: count,
        ...(newest !== undefined && { newest }),
        problems: problems.slice(0, MAX_LINES).map(({ message }) => message),
        removed: sum(removal.removed.files),
        waiting: sum(removal.waiting.files),
        ...(removal.reason !== undefined && { kept: removal.reason }),
      };
    });
  },

  async compareReplica(engine, { source, replica, readData }, call) {
    await reachBoth({ source, replica }, call);
    const place = storageAt(replica.location!, replica.access);
    const check = await checkReplicaAt(await engine.open(source), place, { ...call, readData });
    const { differences, equal, waiting, filesRead, bytesRead } = check;
    return {
      differences: differences.slice(0, MAX_LINES).map(({ message }) => message),
      truncated: differences.length > MAX_LINES,
      equal,
      waiting,
      filesRead,
      bytesRead,
    };
  },

  async snapshotsAfter(engine, { repository, after: time }) {
    return after(await engine.snapshots(repository), time);
  },

  async copySnapshots(engine, { from, to, ids }, call) {
    const [source, target] = [await engine.open(from), await engine.open(to)];
    const locked = { lock: 'shared', signal: call.signal } as const;
    const result = await withSession(source, locked, (reading) =>
      withSession(target, locked, (writing) =>
        copySnapshots(reading, writing, engine.openCodecs, { ...call, snapshots: ids }),
      ),
    );
    await noteCopied(engine.ledger, source, target, result);
    const { snapshots, bytesWritten } = result;
    return {
      snapshots: snapshots.map(({ id, outcome, problem }) => ({
        id,
        outcome: outcome === 'would-copy' ? 'copied' : outcome,
        ...(problem && { problem: problem.message }),
      })),
      bytesWritten,
    };
  },
};

/** What is away is said to be, before anything else is done. */
async function reachBoth({ source, replica }: ReplicaPair, { signal }: Call): Promise<void> {
  for (const { location, access } of [source, replica])
    if (location !== undefined) await reachStorage(storageAt(location, access), { signal });
}

/** Only one window works on a replica. */
async function aloneOrElsewhere(
  { config }: Repository,
  replica: RepositoryRef,
  { signal }: Call,
  work: () => Promise<ReplicateReport>,
): Promise<ReplicateReport> {
  const place = createHash('sha256').update(shownPlace(replica)).digest('hex').slice(0, 16);
  let isOurs = false;
  try {
    const file = lockFileOf(`copy-${config.id.slice(0, 16)}-${place}`);
    return await withLockFile(file, () => ((isOurs = true), work()), { longestWait: 0, signal });
  } catch (error) {
    if (!isOurs && errorCode(error) === 'locked') return { state: 'elsewhere' };
    throw error;
  }
}

/** The same for each way to write it, and without a secret. */
function shownPlace({ location = '' }: RepositoryRef): string {
  return locationFolder(location, resolvePath('/')) ?? displayLocation(parseLocation(location));
}

/** Those of a repository that can be read. */
function readable(repository: Repository, { signal }: Call): Promise<StoredSnapshot[]> {
  const onDamaged = (_: unknown, error: unknown) => {
    if (!isDamage(errorCode(error))) throw error;
  };
  return listSnapshots(repository, { onDamaged, signal });
}

function after(snapshots: readonly StoredSnapshot[], time: string | undefined) {
  const since = time === undefined ? undefined : parseTime(time);
  const times = snapshots
    .map(({ snapshot }) => ({ text: snapshot.time, time: parseTime(snapshot.time) }))
    .filter((each) => since === undefined || each.time > since)
    .sort((a, b) => (a.time < b.time ? -1 : 1));
  const [oldest, newest] = [times[0], times.at(-1)];
  return { count: times.length, ...(oldest && newest && { oldest: oldest.text, newest: newest.text }) };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
