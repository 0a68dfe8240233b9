import {
  listSnapshots,
  openInlineCodecs,
  usualGuards,
  usualLedger,
  defaultRepositoryPaths,
  RemovedPairs,
  withGuard,
  WarmTarget,
  type GuardSettings,
  type Ledger,
  type OpenedDefault,
  type MirrorPlan,
  type OpenCodecs,
  type Repository,
  type RestorePlan,
  type Session,
  type SessionOptions,
  type StoredSnapshot,
} from '../../engine/index.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';
import { YieldingWork } from './yieldingWork.ts';
import { FolderJournals } from './folderJournals.ts';
import { PlanShelf } from './planShelf.ts';
import { openOrCreateRepositoryRef, openRepositoryRef } from './openRepositoryRef.ts';

/** A restore that was planned and waits for a person's consent. */
export interface PendingRestore {
  readonly repository: RepositoryRef;
  readonly plan: RestorePlan;
  /** What it overwrites or deletes, and how that was when the plan was made. */
  readonly endangered: ReadonlyMap<string, string>;
  /** There was no workspace folder to restore into. */
  readonly isFolderGone: boolean;
}

/** A repository that stays open. */
interface OpenTarget {
  readonly repository: Repository;
  readonly warm: WarmTarget;
}

/** A repository that is open, and how it was opened. */
export interface OpenedRepository {
  readonly ref: RepositoryRef;
  /** In its config. */
  readonly id: string;
}

/** What the commands of one engine worker share, and keep from call to call. */
export class Engine {
  /** Threads for large jobs. */
  readonly openCodecs: OpenCodecs;
  /** For backups, of which most are small: those need no thread. */
  readonly openSaveCodecs: OpenCodecs;
  readonly plans = new PlanShelf<PendingRestore>();
  readonly mirrorPlans = new PlanShelf<MirrorPlan>();
  readonly journals = new FolderJournals();
  /** Backups of linked work trees of git. */
  readonly worktrees = new YieldingWork();
  /** What was deleted between states, in whatever repository. */
  readonly removedPairs = new RemovedPairs();
  /** Where is noted how the copies stand. */
  readonly ledger: Ledger = usualLedger((message) => (this.#ledgerTrouble = message));
  readonly #targets = new Map<string, Promise<OpenTarget>>();
  readonly #refs = new Map<string, RepositoryRef>();
  readonly #closing = new AbortController();
  readonly #beforeClose: (() => Promise<void>)[] = [];
  readonly #notes = new Set<Promise<void>>();
  readonly #guards = new Map<string, RepositoryRef['guard']>();
  #ledgerTrouble: string | undefined;
  #guardTrouble: string | undefined;

  constructor(openCodecs: OpenCodecs) {
    this.openCodecs = openCodecs;
    this.openSaveCodecs = openInlineCodecs(openCodecs);
  }

  /** The repository, opened once. Throws what opening it throws. */
  async open(ref: RepositoryRef): Promise<Repository> {
    return (await this.#keep(ref, () => openRepositoryRef(ref))).repository;
  }

  /** The same; makes the default repository if it is not there yet, or brings it back, and says so. */
  async openOrCreate(ref: RepositoryRef): Promise<OpenedDefault> {
    let opened: Omit<OpenedDefault, 'repository'> = { created: false };
    const { repository } = await this.#keep(ref, async () => {
      const { repository: found, ...how } = await openOrCreateRepositoryRef(ref);
      opened = how;
      return found;
    });
    return { ...opened, repository };
  }

  /** Fires when all work has to end. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Has something ended before what is held is given back. */
  beforeClose(end: () => Promise<void>): void {
    this.#beforeClose.push(end);
  }

  /** The repositories that are open, the default one first. */
  async opened(): Promise<OpenedRepository[]> {
    const opening = [...this.#targets].map(async ([key, target]) => {
      const { repository } = await target;
      return { ref: this.#refs.get(key)!, id: repository.config.id };
    });
    const opened = (await Promise.allSettled(opening)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    return opened.sort((a, b) => Number(a.ref.location !== undefined) - Number(b.ref.location !== undefined));
  }

  /** Why a guard is not complete, once. */
  takeGuardTrouble(): string | undefined {
    const trouble = this.#guardTrouble;
    this.#guardTrouble = undefined;
    return trouble;
  }

  /**
   * Runs `work` on a repository with its index in memory, locked as asked for. Sessions that write come one
   * after the other, and a burst of them shares one lock, which is given back a while after the last.
   */
  async withSession<T>(
    ref: RepositoryRef,
    options: SessionOptions,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return (await this.#keep(ref, () => openRepositoryRef(ref))).warm.use(options, work);
  }

  /** Runs what takes locks of its own, such as forget, when no session writes and our own lock is given back. */
  async runCold<T>(ref: RepositoryRef, work: (repository: Repository) => Promise<T>): Promise<T> {
    return (await this.#keep(ref, () => openRepositoryRef(ref))).warm.runCold(work);
  }

  /** Reads what a person waits for: where far storage does not answer, that is known within seconds. */
  look<T>(ref: RepositoryRef, work: (session: Session) => Promise<T>): Promise<T> {
    return this.withSession(ref, { lock: 'none', isAwaited: true }, work);
  }

  /** All snapshots that can be read, oldest first. `isAwaited` as of {@link look}. */
  async snapshots(ref: RepositoryRef, { isAwaited = false } = {}): Promise<StoredSnapshot[]> {
    return this.withSession(ref, { lock: 'none', isAwaited }, ({ repository }) =>
      listSnapshots(repository, { onDamaged: () => {} }),
    );
  }

  /** Notes something once the answer to the present call is on its way: nobody waits for it. */
  noteLater(note: (ledger: Ledger) => Promise<void>): void {
    const noted = new Promise(setImmediate).then(() => note(this.ledger)).catch(() => {});
    this.#notes.add(noted);
    void noted.then(() => this.#notes.delete(noted));
  }

  /** Waits until all is noted; says why something could not be. */
  async settleNotes(): Promise<string | undefined> {
    await Promise.all(this.#notes);
    return this.#ledgerTrouble;
  }

  /** Forgets that a repository is open: the next call opens it anew. For one that fails. */
  async drop(ref: RepositoryRef): Promise<void> {
    const key = keyOf(ref);
    const target = this.#targets.get(key);
    this.#targets.delete(key);
    if (target) await release(target);
  }

  /** Gives back what is held. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.worktrees.close();
    await Promise.all(this.#beforeClose.splice(0).map((end) => end()));
    const targets = [...this.#targets.values()];
    this.#targets.clear();
    await Promise.all([...targets.map(release), ...this.#notes]);
  }

  #keep(ref: RepositoryRef, open: () => Promise<Repository>): Promise<OpenTarget> {
    const key = keyOf(ref);
    if (ref.guard !== undefined) this.#guards.set(key, ref.guard);
    const known = this.#targets.get(key);
    if (known) return known;
    const passwordFile = ref.location === undefined ? defaultRepositoryPaths().passwordFile : undefined;
    const target = open().then((opened) => {
      const repository = withGuard(opened, () => this.#guardOf(key), passwordFile);
      return { repository, warm: new WarmTarget(repository) };
    });
    this.#targets.set(key, target);
    this.#refs.set(key, ref);
    // The next call tries again: the target may be plugged in by then.
    target.catch(() => this.#targets.delete(key));
    return target;
  }

  /** How a repository is guarded, as the settings say now. */
  #guardOf(key: string): GuardSettings | undefined {
    const guard = this.#guards.get(key);
    if (guard === undefined || guard === 'off') return undefined;
    return { ...usualGuards((message) => (this.#guardTrouble = message)), delay: guard.delay };
  }
}

/** The same for two references that lead to one repository in one way: who waits for it does not count. */
function keyOf({ location, access, password }: RepositoryRef): string {
  if (!access) return JSON.stringify([location, password]);
  const { environment, options, tls } = access;
  return JSON.stringify([location, password, environment, options, tls]);
}

/** Whatever fails here is the storage's, and whoever works with it next hears of it. */
async function release(target: Promise<OpenTarget>): Promise<void> {
  try {
    const { repository, warm } = await target;
    await warm.release();
    await repository.backend.close();
  } catch {
    // Nothing is held then.
  }
}
