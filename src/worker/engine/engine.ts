import {
  listSnapshots,
  withSession,
  type OpenCodecs,
  type Repository,
  type RestorePlan,
  type Session,
  type SessionOptions,
  type StoredSnapshot,
} from '../../engine/index.ts';
import type { RepositoryRef } from '../engineProtocol.ts';
import { PlanShelf } from './planShelf.ts';
import { openOrCreateRepositoryRef, openRepositoryRef } from './openRepositoryRef.ts';

/** A restore that was planned and waits for a person's consent. */
export interface PendingRestore {
  readonly repository: RepositoryRef;
  readonly plan: RestorePlan;
  /** What it overwrites or deletes, and how that was when the plan was made. */
  readonly endangered: ReadonlyMap<string, string>;
}

/** What the commands of one engine worker share, and keep from call to call. */
export class Engine {
  readonly openCodecs: OpenCodecs;
  readonly plans = new PlanShelf<PendingRestore>();
  readonly #repositories = new Map<string, Promise<Repository>>();

  constructor(openCodecs: OpenCodecs) {
    this.openCodecs = openCodecs;
  }

  /** The repository, opened once. Throws what opening it throws. */
  open(ref: RepositoryRef): Promise<Repository> {
    return this.#keep(ref, () => openRepositoryRef(ref));
  }

  /** The same; makes the default repository if it is not there yet, and says so. */
  async openOrCreate(ref: RepositoryRef): Promise<{ readonly repository: Repository; readonly created: boolean }> {
    let created = false;
    const repository = await this.#keep(ref, async () => {
      const opened = await openOrCreateRepositoryRef(ref);
      created = opened.created;
      return opened.repository;
    });
    return { repository, created };
  }

  /** Runs `work` on a repository with its index loaded, locked as asked for. */
  async withSession<T>(
    ref: RepositoryRef,
    options: SessionOptions,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return withSession(await this.open(ref), options, work);
  }

  /** All snapshots that can be read, oldest first. */
  async snapshots(ref: RepositoryRef): Promise<StoredSnapshot[]> {
    return listSnapshots(await this.open(ref), { onDamaged: () => {} });
  }

  /** Gives back what is held. */
  async close(): Promise<void> {
    for (const repository of this.#repositories.values()) {
      await repository.then(
        ({ backend }) => backend.close(),
        () => {},
      );
    }
    this.#repositories.clear();
  }

  #keep(ref: RepositoryRef, open: () => Promise<Repository>): Promise<Repository> {
    const key = JSON.stringify([ref.location, ref.password]);
    const known = this.#repositories.get(key);
    if (known) return known;
    const repository = open();
    this.#repositories.set(key, repository);
    // The next call tries again: the target may be plugged in by then.
    repository.catch(() => this.#repositories.delete(key));
    return repository;
  }
}
