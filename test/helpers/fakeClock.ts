import { abortedError, type Clock, type SleepOptions } from '../../src/base/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved; sleepers wake in order, each with all that follows from it. */
export class FakeClock implements Clock {
  #now = Date.parse('2026-01-02T03:04:05Z');
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, { signal }: SleepOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError());
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(abortedError());
      };
      const sleeper = {
        at: this.#now + milliseconds,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Lets so much time pass. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    while (this.#wakeNext(end)) await settle();
    this.#now = end;
  }

  /** Time passes while every process sleeps, as in a suspended machine: late sleepers wake after it. */
  async suspend(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }

  /** Lets as much time pass as the promise needs. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let pending = true;
    const end = () => (pending = false);
    promise.then(end, end);
    await settle();
    while (pending) {
      if (!this.#wakeNext(Infinity)) throw new Error('It waits for something that is not time.');
      await settle();
    }
    return promise;
  }

  #wakeNext(until: number): boolean {
    const next = this.#sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (!first || sleeper.at < first.at ? sleeper : first),
      undefined,
    );
    if (!next || next.at > until) return false;
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    return true;
  }
}

/** Until all that needs no time is done. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
