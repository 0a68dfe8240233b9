import { BlobReader } from '../repository/blobReader.ts';
import type { BlobIndex } from '../repository/index/blobIndex.ts';
import { refreshIndex, renewIndex } from '../repository/index/loadIndex.ts';
import type { RepositoryLock } from '../repository/lockTypes.ts';
import { LockLease } from '../repository/lockLease.ts';
import type { Repository } from '../repository/repository.ts';
import { keepSnapshots } from '../repository/snapshots.ts';
import { bindRepository } from './bindRepository.ts';
import { lockRepository, withSession, type Session, type SessionOptions } from './session.ts';
import { whileAnswering } from './whileAnswering.ts';

export interface WarmTargetOptions {
  /** Milliseconds for which the lock is kept after the last write; as {@link LockLease} unless stated. */
  readonly leaseMs?: number;
}

/** A session that writes, from its request to its end. */
interface Writer {
  /** Its index, once that is up to date. */
  readonly index: PromiseWithResolvers<BlobIndex>;
}

/**
 * A repository that stays open: its index and snapshots stay in memory from one session to the next, and
 * the sessions of a burst of saves share one lock (design, section 4).
 *
 * What makes that safe: nobody removes anything while our lock stands, so what was known under one lock
 * object holds as long as that lock does. Under another one, and without a lock, the list of index files
 * is looked at first. If one is gone that the index came from, somebody has pruned, and the index is
 * loaded anew; so it is after a session that failed, since it may list packs that no index file lists.
 * Sessions that write run one after the other; those that read wait for none of them.
 */
export class WarmTarget {
  readonly #cold: Repository;
  readonly #repository: Repository;
  readonly #lease: LockLease;
  #index: BlobIndex | undefined;
  /** The lock under which the index was last brought up to date. */
  #renewedUnder: RepositoryLock | undefined;
  readonly #writers: Writer[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  /** The caller keeps the repository; what must not be answered from memory, like verify, goes on using it. */
  constructor(repository: Repository, options: WarmTargetOptions = {}) {
    this.#cold = repository;
    this.#repository = repository.over(repository.backend);
    keepSnapshots(this.#repository);
    this.#lease = new LockLease(() => lockRepository(this.#repository, { lock: 'shared' }), options);
  }

  /**
   * Runs `work` in a session. `shared`: for saving; the lock may not be confirmed yet when `work` begins,
   * which the session's `checkLock` waits for. `none`: for reading only; a pretended backup takes a cold
   * session, as it leaves traces in the index. `exclusive`: our own shared lock is given back first, and
   * nothing stays in memory afterwards. No session may begin another that writes and wait for it.
   * Throws `locked`, and what `work` throws.
   */
  use<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
    if (options.lock === 'none') return this.#read(options, work);
    return this.#write((writer) =>
      options.lock === 'exclusive' ? this.#useExclusively(writer, options, work) : this.#save(writer, options, work),
    );
  }

  /**
   * For operations that take locks of their own, like forget: runs `work` on the repository when no
   * session that writes is open and our lock is given back. Those that would begin meanwhile wait.
   */
  runCold<T>(work: (repository: Repository) => Promise<T>): Promise<T> {
    return this.#write(() => this.#coolDown(work));
  }

  /**
   * Takes the lock and brings the index up to date, so that a save that follows soon has nothing to wait
   * for: to be called when a change is noted, during the quiet time before it is saved. Throws `locked`.
   */
  async prepare(): Promise<void> {
    await this.use({ lock: 'shared' }, (session) => session.checkLock());
  }

  /** Waits for the sessions that write, and gives the lock back. The target may be used again. */
  async release(): Promise<void> {
    await this.#inTurn(async () => this.#lease.release());
  }

  async #read<T>({ signal, isAwaited }: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const repository = bindRepository(this.#repository, { ...(signal && { signal }), ...(isAwaited && { isAwaited }) });
    const wait = <W>(work: Promise<W>) => (isAwaited ? whileAnswering(repository, work) : work);
    const index = await this.#indexForReading(repository, wait);
    const refresh = () => this.#inTurn(() => refreshIndex(repository, index));
    return work({
      repository,
      index,
      reader: new BlobReader(repository, index, refresh),
      checkLock: async () => {},
    });
  }

  /** A session that writes owns the table, and its lock keeps what the table says true. */
  async #indexForReading(repository: Repository, wait: <W>(work: Promise<W>) => Promise<W>): Promise<BlobIndex> {
    for (let writer = this.#writers[0]; writer; writer = this.#writers[0]) {
      const index = await wait(writer.index.promise.catch(() => undefined));
      if (index) return index;
      await wait(this.#turn);
    }
    const isTrue = this.#renewedUnder?.expired === false;
    if (this.#index && isTrue) return this.#index;
    return wait(this.#inTurn(async () => (this.#index = await renewIndex(repository, this.#index))));
  }

  #write<T>(run: (writer: Writer) => Promise<T>): Promise<T> {
    const writer: Writer = { index: Promise.withResolvers() };
    writer.index.promise.catch(() => {});
    this.#writers.push(writer);
    return this.#inTurn(async () => {
      try {
        return await run(writer);
      } catch (error) {
        this.#index = undefined;
        this.#renewedUnder = undefined;
        throw error;
      } finally {
        // For those that wait to read beside a writer that never had an index to share.
        writer.index.reject(new Error('It is over.'));
        this.#writers.shift();
      }
    });
  }

  #save<T>(writer: Writer, { signal }: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#lease.use(async (lock) => {
      if (!this.#index || this.#renewedUnder !== lock) {
        this.#index = await renewIndex(this.#repository, this.#index);
        this.#renewedUnder = lock;
      }
      const index = this.#index;
      writer.index.resolve(index);
      const known = index.size;
      const repository = bindRepository(this.#repository, { ...(signal && { signal }) });
      const reader = new BlobReader(repository, index);
      const result = await work({ repository, index, reader, checkLock: (options) => lock.ensureHeld(options) });
      // What was claimed and never stored would be missing from the next session's snapshots.
      if (index.hasReservations(known)) this.#index = undefined;
      return result;
    });
  }

  #useExclusively<T>(writer: Writer, options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#coolDown((repository) =>
      withSession(repository, options, (session) => {
        writer.index.resolve(session.index);
        return work(session);
      }),
    );
  }

  async #coolDown<T>(work: (repository: Repository) => Promise<T>): Promise<T> {
    await this.#lease.release();
    this.#index = undefined;
    this.#renewedUnder = undefined;
    return work(this.#cold);
  }

  /** Runs after all that was begun before; its failure is the caller's alone. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => {});
    return result;
  }
}
