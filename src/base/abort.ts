import { CairnError } from './errors.ts';

/** Throws an `aborted` error if the signal has fired. Called before every write to a repository. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CairnError('aborted', 'The operation was cancelled.');
}
