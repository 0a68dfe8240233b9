import type { Trigger } from '../../worker/engineProtocol/snapshots.ts';

/** What made an automatic snapshot wanted. */
export type Reason = 'save' | 'outside' | 'commit' | 'interval' | 'start' | 'resume' | 'first';

/** A git commit that was made. */
export interface Commit {
  /** Short. */
  readonly id: string;
  readonly subject: string;
  /** Its work tree, on the way from the workspace folder, if it lies in that. */
  readonly within?: string;
}

/** A snapshot that is wanted, not necessarily at once. Milliseconds. */
export interface Wish {
  readonly reason: Reason;
  /** Wait until nothing of this reason came for so long. */
  readonly quiet: number;
  /** But no longer than this since the first of it, nor since the last snapshot began. */
  readonly longest: number;
  /** After a snapshot that took long, rest so many times as long, a minute at most. */
  readonly rest?: number;
  readonly commit?: Commit;
}

/** What wishes come to when they are granted together. */
export interface Run {
  readonly trigger: Trigger;
  readonly scan: 'full' | 'journal';
  readonly commit?: Commit;
  /** The folder has none yet. */
  readonly isFirst?: boolean;
}

interface Pending {
  due: number;
  readonly deadline: number;
  rest: number;
  readonly commit: Commit | undefined;
}

const LONGEST_REST = 60_000;
const FIRST_RETRY = 30_000;
const LAST_RETRY = 600_000;

/**
 * Decides when the automatic snapshots of one folder are made. One run at a time; what is wanted
 * meanwhile comes together into the next one, which begins when the first of its wishes is due. What
 * failed is wanted again, after longer and longer pauses.
 */
export class RunSchedule {
  readonly #run: (run: Run) => Promise<void>;
  readonly #pending = new Map<Reason, Pending>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #failures = 0;
  /** When the last run began, and how long it took. */
  #began = -Infinity;
  #took = 0;

  /** @param run makes a snapshot; throws if that is to be tried again. */
  constructor(run: (run: Run) => Promise<void>) {
    this.#run = run;
  }

  /** Whether a snapshot is wanted or under way. */
  get isBusy(): boolean {
    return this.#isRunning || this.#pending.size > 0;
  }

  want({ reason, quiet, longest, rest = 0, commit }: Wish): void {
    const now = performance.now();
    const before = this.#pending.get(reason);
    // While changes do not cease, snapshots are as far apart as the longest delay, and not that much after a change.
    const since = now - this.#began < longest ? this.#began : now;
    const deadline = before?.deadline ?? Math.max(now + quiet, since + longest);
    this.#pending.set(reason, {
      due: Math.min(now + quiet, deadline),
      deadline,
      rest,
      commit: commit ?? before?.commit,
    });
    this.#wait();
  }

  /** Has what is wanted, also after a failure, made without delay. */
  hurry(): void {
    for (const pending of this.#pending.values()) Object.assign(pending, { due: performance.now(), rest: 0 });
    this.#wait();
  }

  /** Forgets what is wanted. What runs goes on. */
  clear(): void {
    this.#pending.clear();
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isRunning || this.#pending.size === 0) return;
    const due = Math.min(...[...this.#pending.values()].map((pending) => this.#dueOf(pending)));
    this.#timer = setTimeout(() => void this.#grant(), Math.max(0, due - performance.now()));
  }

  #dueOf({ due, rest }: Pending): number {
    return Math.max(due, this.#began + this.#took + Math.min(rest * this.#took, LONGEST_REST));
  }

  async #grant(): Promise<void> {
    const granted = new Map(this.#pending);
    this.#pending.clear();
    this.#isRunning = true;
    this.#began = performance.now();
    try {
      await this.#run(toRun(granted));
      this.#failures = 0;
    } catch {
      this.#wantAgain(granted);
    } finally {
      this.#isRunning = false;
      this.#took = performance.now() - this.#began;
      this.#wait();
    }
  }

  #wantAgain(failed: ReadonlyMap<Reason, Pending>): void {
    const due = performance.now() + Math.min(FIRST_RETRY * 2 ** this.#failures++, LAST_RETRY);
    for (const [reason, { commit }] of failed) {
      const newer = this.#pending.get(reason);
      this.#pending.set(
        reason,
        newer ? { ...newer, commit: newer.commit ?? commit } : { due, deadline: due, rest: 0, commit },
      );
    }
  }
}

/** Together they are what the strongest of them is; a full look finds what the others would have. */
function toRun(wishes: ReadonlyMap<Reason, Pending>): Run {
  const commit = wishes.get('commit')?.commit;
  if (commit) return { trigger: 'commit', scan: 'full', commit };
  const reasons = [...wishes.keys()];
  const isOfChange = (reason: Reason) => reason === 'save' || reason === 'outside';
  return {
    trigger: reasons.includes('save') ? 'save' : reasons.includes('outside') ? 'outside' : 'schedule',
    scan: reasons.every(isOfChange) ? 'journal' : 'full',
    ...(reasons.includes('first') && { isFirst: true }),
  };
}
