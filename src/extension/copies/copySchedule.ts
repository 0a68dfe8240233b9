import type { Clock } from '../../base/clock.ts';

/**
 * What became of a run: the replica is up to date; it was given up for now, or another window is at it; its storage is
 * away or in use; or it failed otherwise, which time alone will not mend.
 */
export type RunOutcome = 'good' | 'again' | 'away' | 'failed';

export interface CopyScheduleOptions {
  /** Brings the replica up to date. Throws nothing. */
  readonly run: () => Promise<RunOutcome>;
  /** At most once in so many milliseconds; 0 for never. */
  readonly interval: () => number;
  /** When the replica was last brought up to date by any window, in milliseconds since 1970. */
  readonly lastGood: () => number | undefined;
  readonly clock: Clock;
}

/** A replica is not brought up to date in the middle of work. Milliseconds. */
const QUIET = 60_000;
const FIRST_RETRY = 30_000;
const LAST_RETRY = 600_000;

/** Decides when one replica is brought up to date. All times shrink with a short interval. */
export class CopySchedule {
  readonly #options: CopyScheduleOptions;
  /** When something to copy came first and last since the last run began. */
  #wanted: { readonly first: number; readonly last: number } | undefined;
  #retryAt: number | undefined;
  #lastTry = -Infinity;
  #failures = 0;
  #isRunning = false;
  #waiting: AbortController | undefined;

  constructor(options: CopyScheduleOptions) {
    this.#options = options;
  }

  /** Something is there that the replica lacks; `isNew`: it came just now, so that more may come. */
  want(isNew = true): void {
    if (!isNew && this.#wanted) return;
    const now = this.#options.clock.now();
    this.#wanted = { first: this.#wanted?.first ?? now, last: now };
    this.wait();
  }

  /** Tries soon what failed, as when a person comes back to the machine. */
  hurry(): void {
    if (this.#retryAt === undefined) return;
    this.#retryAt = Math.min(this.#retryAt, this.#lastTry + this.#firstRetry);
    this.wait();
  }

  /** Forgets what is wanted. What runs goes on. */
  clear(): void {
    this.#wanted = undefined;
    this.#retryAt = undefined;
    this.#waiting?.abort();
  }

  /** Looks at the times anew, as after the interval was changed, or the replica was brought up to date otherwise. */
  wait(): void {
    this.#waiting?.abort();
    this.#waiting = undefined;
    const due = this.#due();
    if (due === undefined || this.#isRunning) return;
    const waiting = (this.#waiting = new AbortController());
    const { clock } = this.#options;
    void clock.sleep(Math.max(0, due - clock.now()), { signal: waiting.signal }).then(
      () => this.#wake(),
      () => {},
    );
  }

  /** What was wanted is done, by whomever. */
  settle(): void {
    this.#failures = 0;
    this.clear();
  }

  #due(): number | undefined {
    const interval = this.#options.interval();
    if (!this.#wanted || interval <= 0) return undefined;
    if (this.#retryAt !== undefined) return this.#retryAt;
    const { first, last } = this.#wanted;
    const quiet = Math.min(last + Math.min(QUIET, interval / 2), first + interval);
    return Math.max(quiet, (this.#options.lastGood() ?? -Infinity) + interval);
  }

  /** Another window may have been faster, or the clock was set. */
  #wake(): void {
    const due = this.#due();
    if (due === undefined || due > this.#options.clock.now()) this.wait();
    else void this.#run();
  }

  async #run(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    this.#retryAt = undefined;
    this.#isRunning = true;
    this.#lastTry = this.#options.clock.now();
    const outcome = await this.#options.run();
    this.#isRunning = false;
    if (outcome === 'good') this.#failures = 0;
    else {
      this.#wanted = { ...(wanted ?? { first: this.#lastTry }), last: this.#lastTry };
      this.#retryAt = this.#options.clock.now() + this.#pause(outcome);
    }
    this.wait();
  }

  #pause(outcome: RunOutcome): number {
    const interval = this.#options.interval();
    if (outcome === 'again') return this.#firstRetry;
    if (outcome === 'failed') return interval;
    return Math.min(this.#firstRetry * 2 ** this.#failures++, LAST_RETRY, Math.max(interval, this.#firstRetry));
  }

  get #firstRetry(): number {
    return Math.min(FIRST_RETRY, this.#options.interval() / 2);
  }
}
