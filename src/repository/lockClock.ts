import { CairnError } from '../base/errors.ts';

export interface SleepOptions {
  readonly signal?: AbortSignal;
  /** Does not keep the process running. */
  readonly background?: boolean;
}

/** Time, as locks go by it. Tests bring one that does not wait. */
export interface Clock {
  /** Milliseconds since 1970. The clock on the wall, as it goes on while a machine sleeps. */
  now(): number;
  /** Waits for at least so many milliseconds. Throws `aborted`. */
  sleep(milliseconds: number, options?: SleepOptions): Promise<void>;
}

/** The real one. */
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
