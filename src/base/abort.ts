import { CairnError } from './errors.ts';

/** Throws an `aborted` error if the signal has fired. Called before every write to a repository. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CairnError('aborted', 'The operation was cancelled.');
}

/** As the promise, but throws `aborted` as soon as the signal fires; what goes on then ends unseen. */
export async function orAborted<T>(promise: Promise<T> | T, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(new CairnError('aborted', 'The operation was cancelled.'));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
