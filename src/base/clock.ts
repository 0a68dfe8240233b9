import { CairnError } from './errors.ts';

export interface SleepOptions {
  readonly signal?: AbortSignal;
  /** Does not keep the process running. */
  readonly background?: boolean;
}

/** Time. Tests bring one that does not wait. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Waits for at least so many milliseconds. Throws `aborted`. */
  sleep(milliseconds: number, options?: SleepOptions): Promise<void>;
}

/** The clock on the wall, in milliseconds since 1970: it goes on while a machine sleeps, and somebody may set it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, { signal, background } = {}) =>
    new Promise((resolve, reject) => {
      const onAbort = () => {
        clearTimeout(timer);
        reject(abortedError());
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, milliseconds);
      if (background) timer.unref();
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

/** What `sleep` rejects with when its signal fires. */
export function abortedError(): CairnError {
  return new CairnError('aborted', 'The operation was cancelled.');
}

/**
 * One that nobody sets, the same for all threads of the process: for how long something takes. Its `now` counts from
 * anywhere, with fractions.
 */
export const steadyClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: (milliseconds, options) => systemClock.sleep(milliseconds, options),
};
