import type { Backend } from '../../backend/backend.ts';
import { openBackend } from '../../backend/openBackend.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { removeDeadLeftovers } from '../../repository/leftovers.ts';
import type { RepositoryLock } from '../../repository/lockTypes.ts';
import type { Repository } from '../../repository/repository.ts';
import { giveBack, lockRepository } from '../session.ts';
import { usualLedger } from '../standing/ledger.ts';
import { noteReplication } from '../standing/noteCopy.ts';
import { FileCopier } from './copyFiles.ts';
import { isForbidden } from './copyOne.ts';
import { copyRepository } from './copyRepository.ts';
import { DEFAULT_REMOVAL_DELAY, dueTimes, goneKey, noteGone, type WaitingFile } from './goneFiles.ts';
import { createConfig, openReplica, refusePlaces } from './openReplica.ts';
import { doubtSource, planReplica, type ReplicaPlan } from './planReplica.ts';
import {
  bytesOf,
  countByType,
  listAtOnce,
  listGrowing,
  noFiles,
  type RepositoryFiles,
  type StoredFile,
} from './replicaFiles.ts';
import {
  readReplicaRecord,
  replicaRecordFolder,
  saveReplicaRecord,
  type ReplicaName,
  type ReplicaRecord,
} from './replicaRecord.ts';
import type { FileTotal, RemovalResult, ReplicaPlace, ReplicateOptions, ReplicateResult } from './replicateTypes.ts';
import { removeSurplus } from './removeSurplus.ts';

/** Opens the place of a replica for the time of `replicate`, and notes how the copies stand then; see there. */
export async function replicateTo(
  source: Repository,
  place: ReplicaPlace,
  options: ReplicateOptions = {},
): Promise<ReplicateResult> {
  const { dryRun = false, ledger = usualLedger() } = options;
  const replica = openBackend(place, options.onTrouble && { onTrouble: options.onTrouble });
  try {
    const replication = () => replicate(source, replica, options);
    return await (dryRun ? replication() : noteReplication(ledger, source, replica, replication));
  } finally {
    await replica.close();
  }
}

/**
 * Brings the replica of a repository up to date: a repository with the same id and keys, file by file. What the source
 * has no more is removed there `delay` after a run first saw that. Interrupted at any instant, the replica is whole,
 * and the next run goes on.
 * Throws `refused` for a place that holds anything else, `locked`, `aborted`, and what a storage fails with.
 */
export async function replicate(
  source: Repository,
  replica: Backend,
  options: ReplicateOptions = {},
): Promise<ReplicateResult> {
  refusePlaces(source.backend, replica);
  const takesLock = !options.noLock && !options.dryRun;
  const lock = takesLock ? await lockRepository(source, { ...lockOptions(options), lock: 'shared' }) : undefined;
  try {
    return await new Replication(source, replica, lock, options).run();
  } finally {
    await giveBack(lock, options);
  }
}

function lockOptions({ retryLockMs, signal }: ReplicateOptions) {
  return { ...(retryLockMs !== undefined && { retryLockMs }), ...(signal && { signal }) };
}

class Replication {
  readonly #source: Repository;
  readonly #replica: Backend;
  readonly #sourceLock: RepositoryLock | undefined;
  readonly #options: ReplicateOptions;
  readonly #name: ReplicaName;
  readonly #recordFolder: string;

  constructor(source: Repository, replica: Backend, sourceLock: RepositoryLock | undefined, options: ReplicateOptions) {
    this.#source = source;
    this.#replica = replica;
    this.#sourceLock = sourceLock;
    this.#options = options;
    this.#name = { repository: source.config.id, location: replica.location };
    this.#recordFolder = options.recordFolder ?? replicaRecordFolder();
  }

  async run(): Promise<ReplicateResult> {
    const { signal, dryRun } = this.#options;
    const record = readReplicaRecord(this.#recordFolder, this.#name);
    const [there, sourceFiles] = await Promise.all([
      openReplica(this.#source, this.#replica, signal),
      listGrowing(this.#source.backend, signal ? { signal } : {}),
    ]);
    if (!there && record && !this.#options.init) throw this.#goneError();
    await this.#sourceLock?.ensureHeld();
    if (dryRun) return this.#pretend(sourceFiles, there, record);
    const opened = there ?? (await this.#create(sourceFiles));
    return { ...(await this.#copyAndRemove(opened, sourceFiles, record)), created: there === undefined };
  }

  #goneError(): CairnError {
    const { location } = this.#replica;
    return new CairnError(
      'repository-not-found',
      `The replica that was at ${location} is not there. If it is on a drive or server that is not connected, connect it. If it was removed on purpose, give --init to begin it anew.`,
      { details: { location } },
    );
  }

  async #pretend(sourceFiles: RepositoryFiles, there: Repository | undefined, record: ReplicaRecord | undefined) {
    const { signal } = this.#options;
    const files = there ? await listAtOnce(there.backend, signal ? { signal } : {}) : noFiles();
    const plan = planReplica(sourceFiles, files);
    const { due, waiting } = this.#divide(plan, record?.gone ?? nothingGone);
    const doubt = doubtSource(sourceFiles, files);
    return {
      created: there === undefined,
      copied: total(plan.copy),
      replaced: plan.copy.filter(({ replaces }) => replaces !== undefined).length,
      problems: [],
      removal: doubt
        ? resultOf('held', { waiting: [...due, ...waiting], reason: doubt })
        : resultOf(due.length > 0 ? 'done' : waiting.length > 0 ? 'wait' : 'none', { removed: due, waiting }),
    };
  }

  /** Keys first and the config last: as soon as it is a repository, it can be opened. */
  async #create(sourceFiles: RepositoryFiles): Promise<Repository> {
    const { signal } = this.#options;
    const options = signal ? { signal } : {};
    await this.#replica.create(options);
    const there = new Map((await this.#replica.list('key', options)).map(({ name, size }) => [name, size]));
    const { copy } = planReplica({ ...noFiles(), key: sourceFiles.key }, { ...noFiles(), key: there });
    const copier = new FileCopier({
      source: this.#source.backend,
      replica: this.#replica,
      total: copy,
      checkLocks: async () => this.#sourceLock?.ensureHeld(),
      signal,
    });
    await copier.copy(copy);
    const created = await createConfig(this.#source, this.#replica, signal);
    await saveReplicaRecord(this.#recordFolder, this.#name, { gone: new Map() });
    return created;
  }

  async #copyAndRemove(
    replica: Repository,
    sourceFiles: RepositoryFiles,
    record: ReplicaRecord | undefined,
  ): Promise<Omit<ReplicateResult, 'created'>> {
    const { plan, doubt, copier } = await this.#copy(replica, sourceFiles);
    const { copied, problems } = copier;
    const replaced = copied.filter((file) => file.replaces !== undefined).length;
    const done = { copied: total(copied), replaced, problems };
    const reason = doubt ?? (problems.length > 0 ? INCOMPLETE : undefined);
    if (reason !== undefined) return { ...done, removal: this.#holdBack(plan, record, reason) };
    const gone = noteGone(record?.gone ?? nothingGone, plan.surplus, this.#now());
    await this.#noteIfNew(record, gone);
    return { ...done, removal: await this.#remove(replica, sourceFiles, plan, gone) };
  }

  async #copy(replica: Repository, sourceFiles: RepositoryFiles) {
    await this.#refuseItself(replica);
    const { signal, onProgress } = this.#options;
    const lock = await lockRepository(replica, { ...lockOptions(this.#options), lock: 'shared' });
    try {
      const [replicaFiles] = await Promise.all([
        listAtOnce(replica.backend, signal ? { signal } : {}),
        // Litter stands in nobody's way: who cannot remove it leaves it to the next.
        removeDeadLeftovers(replica.backend, lock.id).catch(() => {}),
      ]);
      const plan = planReplica(sourceFiles, replicaFiles);
      const checkLocks = async (options?: { readonly look?: boolean }) => {
        await Promise.all([this.#sourceLock?.ensureHeld(options), lock.ensureHeld(options)]);
      };
      const source = this.#source;
      const parts = { source, sourceFiles, replica, replicaFiles, plan, checkLocks, signal, onProgress };
      return { plan, doubt: doubtSource(sourceFiles, replicaFiles), copier: await copyRepository(parts) };
    } finally {
      await giveBack(lock, this.#options);
    }
  }

  /** The same storage may be reached by two ways: then our lock in the source is seen here. */
  async #refuseItself({ backend }: Repository): Promise<void> {
    const own = this.#sourceLock?.id;
    if (own === undefined || !(await backend.list('lock')).some(({ name }) => name === own)) return;
    throw new CairnError(
      'refused',
      `${backend.location} is the repository ${this.#source.backend.location} itself, by another way. Give another place for the replica.`,
    );
  }

  async #noteIfNew(record: ReplicaRecord | undefined, gone: ReplicaRecord['gone']): Promise<void> {
    const isKnown =
      record?.gone.size === gone.size && [...gone].every(([key, since]) => record.gone.get(key) === since);
    if (!isKnown) await saveReplicaRecord(this.#recordFolder, this.#name, { gone });
  }

  #holdBack(plan: ReplicaPlan, record: ReplicaRecord | undefined, reason: string): RemovalResult {
    const { due, waiting } = this.#divide(plan, record?.gone ?? nothingGone);
    if (plan.surplus.length === 0) return resultOf('none', { waiting: [] });
    return resultOf('held', { waiting: [...due, ...waiting], reason });
  }

  async #remove(
    replica: Repository,
    sourceFiles: RepositoryFiles,
    plan: ReplicaPlan,
    gone: ReplicaRecord['gone'],
  ): Promise<RemovalResult> {
    const { due, waiting } = this.#divide(plan, gone);
    if (due.length === 0) return resultOf(waiting.length === 0 ? 'none' : 'wait', { waiting });
    const { signal, onProgress } = this.#options;
    let lock: RepositoryLock;
    try {
      lock = await lockRepository(replica, { ...lockOptions(this.#options), lock: 'exclusive' });
      await lock.confirmed;
    } catch (error) {
      if (errorCode(error) !== 'locked' && !isForbidden(error)) throw error;
      const state = errorCode(error) === 'locked' ? 'locked' : 'forbidden';
      return resultOf(state, { waiting: plan.surplus, reason: (error as Error).message });
    }
    try {
      const checkLocks = async () => {
        await Promise.all([this.#sourceLock?.ensureHeld(), lock.ensureHeld()]);
      };
      const parts = { source: this.#source, sourceFiles, replica, due, checkLocks, signal, onProgress };
      const { removed, stopped } = await removeSurplus(parts);
      const left = new Set(removed.map(goneKey));
      const stays = [...due, ...waiting].filter((file) => !left.has(goneKey(file)));
      await this.#noteIfNew({ gone }, new Map([...gone].filter(([key]) => !left.has(key))));
      const reason = stopped && { reason: stopped.reason };
      return resultOf(stopped?.state ?? 'done', { removed, waiting: stays, ...reason });
    } finally {
      await giveBack(lock, this.#options);
    }
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #divide({ surplus }: ReplicaPlan, gone: ReplicaRecord['gone']) {
    const now = this.#now();
    const files = dueTimes(gone, surplus, { now, delay: this.#options.delay ?? DEFAULT_REMOVAL_DELAY });
    return { due: files.filter(({ due }) => due <= now), waiting: files.filter(({ due }) => due > now) };
  }
}

const nothingGone: ReplicaRecord['gone'] = new Map();
const INCOMPLETE = 'Nothing is removed from the replica while it lacks anything that the repository has.';

function total(files: readonly StoredFile[]): FileTotal {
  return { files: countByType(files), bytes: bytesOf(files) };
}

function resultOf(
  state: RemovalResult['state'],
  parts: {
    readonly waiting: readonly (StoredFile | WaitingFile)[];
    readonly removed?: readonly StoredFile[];
    readonly reason?: string;
  },
): RemovalResult {
  const dues = parts.waiting.flatMap((file) => ('due' in file ? [file.due] : [])).filter(Number.isFinite);
  return {
    state,
    removed: total(parts.removed ?? []),
    waiting: total(parts.waiting),
    ...(dues.length > 0 && { nextDue: dues.reduce((least, due) => Math.min(least, due)) }),
    ...(parts.reason !== undefined && { reason: parts.reason }),
  };
}
