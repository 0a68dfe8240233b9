import type { DiskPath } from '../base/pathKinds.ts';
import type { Commit as LoggedCommit } from '../base/reflog.ts';
import type { Trigger } from '../worker/engineProtocol/snapshots.ts';

/** A git commit that was made. */
export interface Commit extends LoggedCommit {
  /** Its work tree, on the way from the workspace folder, if it lies in that. */
  readonly within?: string;
}

/**
 * What made an automatic snapshot wanted. `deletion`: much goes; `editor`: it deletes or renames what a person said;
 * `first`: the folder has none yet.
 */
export type Reason =
  'save' | 'outside' | 'deletion' | 'editor' | 'git' | 'commit' | 'interval' | 'start' | 'resume' | 'first';

/** Something after which a person may want to go back. */
export interface Moment {
  /** What happened, in words. */
  readonly label: string;
  readonly actor: { readonly kind: 'git' | 'editor'; readonly name: string };
  /** What the editor did it to; of git it is not known. */
  readonly paths: readonly DiskPath[];
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
  readonly moment?: Moment;
}

/** What wishes come to when they are granted together. */
export interface Run {
  readonly trigger: Trigger;
  readonly scan: 'full' | 'journal';
  readonly commit?: Commit;
  readonly moment?: Moment;
  /** The folder has none yet. */
  readonly isFirst?: boolean;
}

interface Pending {
  due: number;
  readonly deadline: number;
  rest: number;
  readonly commit: Commit | undefined;
  readonly moment: Moment | undefined;
}

const LONGEST_REST = 60_000;
const FIRST_RETRY = 30_000;
const LAST_RETRY = 600_000;
/** Nothing is added to what is longer. */
const LONGEST_LABEL = 120;

const triggers: Readonly<Record<Reason, Trigger>> = {
  save: 'save',
  editor: 'save',
  outside: 'outside',
  deletion: 'outside',
  git: 'outside',
  commit: 'commit',
  interval: 'schedule',
  start: 'schedule',
  resume: 'schedule',
  first: 'schedule',
};
/** The first of them is the trigger of what comes together. */
const strength: readonly Trigger[] = ['save', 'outside', 'schedule'];
/** What was noted is all that these are about. */
const byJournal: ReadonlySet<Reason> = new Set(['save', 'editor', 'outside', 'deletion']);

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
  /** Who waits for the end of the next run. */
  readonly #waiting: (() => void)[] = [];
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

  want({ reason, quiet, longest, rest = 0, commit, moment }: Wish): void {
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
      moment: joinMoments(before?.moment, moment),
    });
    this.#wait();
  }

  /** Has what is wanted, also after a failure, made without delay. */
  hurry(): void {
    for (const pending of this.#pending.values()) Object.assign(pending, { due: performance.now(), rest: 0 });
    this.#wait();
  }

  /** Resolves when what is wanted by then, and what runs, was tried. */
  finish(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
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
    const waiting = this.#waiting.splice(0);
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
      for (const done of waiting) done();
      this.#wait();
    }
  }

  #wantAgain(failed: ReadonlyMap<Reason, Pending>): void {
    const due = performance.now() + Math.min(FIRST_RETRY * 2 ** this.#failures++, LAST_RETRY);
    for (const [reason, { commit, moment }] of failed) {
      const newer = this.#pending.get(reason) ?? {
        ...{ due, deadline: due, rest: 0 },
        ...{ commit: undefined, moment: undefined },
      };
      const joined = { commit: newer.commit ?? commit, moment: joinMoments(moment, newer.moment) };
      this.#pending.set(reason, { ...newer, ...joined });
    }
  }
}

/** Together they are what the strongest of them is; a full look finds what the others would have. */
function toRun(wishes: ReadonlyMap<Reason, Pending>): Run {
  const commit = wishes.get('commit')?.commit;
  if (commit) return { trigger: 'commit', scan: 'full', commit };
  const moment = wishes.get('git')?.moment ?? wishes.get('editor')?.moment;
  const reasons = [...wishes.keys()];
  const trigger = reasons.map((reason) => triggers[reason]).sort((a, b) => strength.indexOf(a) - strength.indexOf(b));
  return {
    trigger: wishes.has('git') ? 'outside' : trigger[0]!,
    scan: reasons.every((reason) => byJournal.has(reason)) ? 'journal' : 'full',
    ...(moment && { moment }),
    ...(wishes.has('first') && { isFirst: true }),
  };
}

/** One after the other, told in one. */
function joinMoments(first: Moment | undefined, second: Moment | undefined): Moment | undefined {
  if (!first || !second || first.label.length > LONGEST_LABEL) return first ?? second;
  const label = first.label === second.label ? first.label : `${first.label}, ${second.label}`;
  return { label, actor: second.actor, paths: [...first.paths, ...second.paths] };
}
