/**
 * Forget: removing snapshots, after a policy or by name. A plan says first what stays, what goes and
 * why; executing it removes the files of the snapshots and nothing else. Their content stays until
 * prune.
 */
import { throwIfAborted } from '../../base/abort.ts';
import { aheadOf, allAtOnce } from '../../base/atOnce.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { SnapshotId } from '../../repository/format/ids.ts';
import type { Snapshot } from '../../repository/format/snapshot.ts';
import type { Repository } from '../../repository/repository.ts';
import {
  findSnapshot,
  listSnapshotIds,
  listSnapshots,
  matchesFilter,
  removeSnapshot,
  SHORT_ID_LENGTH,
  type SnapshotFilter,
  type StoredSnapshot,
} from '../../repository/snapshots.ts';
import { withLock, type Session, type SessionOptions } from '../session.ts';
import { KEEP_TAG } from '../snapshotTags.ts';
import { localZoneOffset } from './duration.ts';
import { groupSnapshots } from './groupSnapshots.ts';
import { planForget, type ForgetGroup, type PlanForgetOptions } from './planForget.ts';
import { checkPolicy, type ForgetPolicy } from './policy.ts';

/** What is to be forgotten. Plain data. */
export interface ForgetPlan {
  /** What a policy says of each group; empty if the snapshots were named. */
  readonly groups: readonly ForgetGroup<StoredSnapshot>[];
  /** All that goes. */
  readonly remove: readonly ForgottenSnapshot[];
  /** Snapshots that cannot be read. Nobody can judge them, so they stay. */
  readonly unreadable: readonly SnapshotId[];
}

/** A snapshot that goes; without content if it cannot be read. */
export interface ForgottenSnapshot {
  readonly id: SnapshotId;
  readonly snapshot?: Snapshot;
}

/** As for {@link planForget}; `now` is the present unless stated. */
export type ForgetOptions = Partial<PlanForgetOptions> & { readonly signal?: AbortSignal };

/**
 * Says which snapshots a policy keeps and why (format notes 10.2). A snapshot tagged `keep`, and the
 * newest of each group, always stay. Throws `usage` for a policy without a rule.
 */
export async function planForgetByPolicy(
  repository: Repository,
  policy: ForgetPolicy,
  options: ForgetOptions = {},
): Promise<ForgetPlan> {
  checkPolicy(policy);
  const { readable, unreadable } = await readSnapshots(repository, options.signal);
  return toPlan(judge(readable, policy, options), unreadable);
}

/**
 * The plan that forgets all snapshots that pass a filter, but for those tagged `keep`. Throws `usage` for a filter that
 * all pass: an option that was forgotten must not be enough.
 */
export async function planForgetAll(
  repository: Repository,
  filter: SnapshotFilter,
  signal?: AbortSignal,
): Promise<ForgetPlan> {
  if (!filter.hosts && !filter.tags && !filter.paths) {
    throw new CairnError('usage', 'To forget all snapshots without a rule, say which: --tag, --host or --path.');
  }
  const { readable, unreadable } = await readSnapshots(repository, signal);
  const chosen = readable.filter(({ snapshot }) => matchesFilter(snapshot, filter));
  const remove = chosen.filter(({ snapshot }) => !snapshot.tags?.includes(KEEP_TAG));
  return { groups: [], remove, unreadable };
}

/**
 * The plan that forgets exactly these snapshots: ids or beginnings of ids, or `latest`. Naming a
 * snapshot overrules its age, and with `force` its tag `keep`, also where damage hides whether it has it.
 * Throws `snapshot-not-found`, `ambiguous-id`, `refused` for one tagged `keep`, and `repository-damaged`.
 */
export async function planForgetByName(
  repository: Repository,
  names: readonly string[],
  options: { readonly force?: boolean } = {},
): Promise<ForgetPlan> {
  const chosen = new Map<SnapshotId, ForgottenSnapshot>();
  const listed = await listSnapshotIds(repository);
  const find = (name: string) => findForForgetting(repository, name, listed, options.force ?? false);
  for await (const found of aheadOf(names, repository.backend.properties.connections, find)) {
    if (found.snapshot?.tags?.includes(KEEP_TAG) && !options.force) throw keepError(found.id);
    chosen.set(found.id, found);
  }
  return { groups: [], remove: [...chosen.values()], unreadable: [] };
}

async function findForForgetting(
  repository: Repository,
  name: string,
  listed: readonly SnapshotId[],
  force: boolean,
): Promise<ForgottenSnapshot> {
  try {
    return await findSnapshot(repository, name, {}, listed);
  } catch (error) {
    if (errorCode(error) !== 'repository-damaged' || !force) throw error;
    // That it could not be read says that exactly one has this name.
    return { id: listed.find((id) => id.startsWith(name))! };
  }
}

function keepError(id: SnapshotId): CairnError {
  return new CairnError(
    'refused',
    `Snapshot ${id.slice(0, SHORT_ID_LENGTH)} has the tag "${KEEP_TAG}" and is not forgotten. To do it all the same, give --force.`,
    { details: { snapshot: id } },
  );
}

/** Hears of each snapshot that is removed. */
interface ForgetListener {
  readonly onRemoved?: (id: SnapshotId) => void;
}

/**
 * Removes what a plan says, under an exclusive lock, and returns the ids: prune takes them, in case a
 * listing is not up to date. One that is gone already counts as removed. Needs no index.
 * Throws `locked` or `aborted`; what was removed until then stays so, and `onRemoved` was told of each.
 */
export async function executeForget(
  repository: Repository,
  plan: ForgetPlan,
  options: Omit<SessionOptions, 'lock'> & ForgetListener = {},
): Promise<SnapshotId[]> {
  if (plan.remove.length === 0) return [];
  return withLock(repository, { ...options, lock: 'exclusive' }, (locked) => removeAll(locked, plan, options));
}

/** As {@link executeForget}, in a session that holds an exclusive lock, for what will be pruned at once. */
export async function executeForgetIn(
  session: Session,
  plan: ForgetPlan,
  options: Pick<SessionOptions, 'signal'> & ForgetListener = {},
): Promise<SnapshotId[]> {
  return removeAll(session, plan, options);
}

async function removeAll(
  { repository, checkLock }: Pick<Session, 'repository' | 'checkLock'>,
  { remove }: ForgetPlan,
  { signal, onRemoved }: Pick<SessionOptions, 'signal'> & ForgetListener,
): Promise<SnapshotId[]> {
  const removed: SnapshotId[] = [];
  await allAtOnce(remove, repository.backend.properties.connections, async ({ id }) => {
    throwIfAborted(signal);
    await checkLock();
    await removeSnapshot(repository, id);
    removed.push(id);
    onRemoved?.(id);
  });
  return removed;
}

/**
 * The plan of `backup --keep-…`: applies the policy to the snapshots with the host and the paths of
 * the one just made, and to no others. For a backup that left something out there is no plan:
 * what it lacks may be in the snapshots that would go.
 */
export async function planForgetAfterBackup(
  repository: Repository,
  backup: {
    readonly snapshotId?: SnapshotId;
    readonly parent?: SnapshotId;
    readonly problems: readonly unknown[];
  },
  policy: ForgetPolicy,
  options: Omit<ForgetOptions, 'filter' | 'groupBy'> = {},
): Promise<ForgetPlan | undefined> {
  checkPolicy(policy);
  // Where nothing changed and no snapshot was made, the one before stands for it.
  const id = backup.snapshotId ?? backup.parent;
  if (id === undefined || backup.problems.length > 0) return undefined;
  const { readable } = await readSnapshots(repository, options.signal);
  const group = groupSnapshots(readable).find(({ entries }) => entries.some((entry) => entry.id === id));
  return group && toPlan(judge(group.entries, policy, options), []);
}

function judge(entries: readonly StoredSnapshot[], policy: ForgetPolicy, options: ForgetOptions) {
  const now = BigInt(Date.now()) * 1_000_000n;
  return planForget(entries, policy, { now, localOffset: localZoneOffset, ...options });
}

function toPlan(groups: readonly ForgetGroup<StoredSnapshot>[], unreadable: readonly SnapshotId[]): ForgetPlan {
  return { groups, remove: groups.flatMap((group) => group.remove), unreadable };
}

async function readSnapshots(repository: Repository, signal: AbortSignal | undefined) {
  const unreadable: SnapshotId[] = [];
  const onDamaged = (id: SnapshotId) => void unreadable.push(id);
  const readable = await listSnapshots(repository, { onDamaged, ...(signal && { signal }) });
  return { readable, unreadable };
}
