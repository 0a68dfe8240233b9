import { CairnError } from '../base/errors.ts';

/** What becomes of the calls to a thread that ended by itself. */
export function workerCrashed(cause: unknown): CairnError {
  return new CairnError('worker-crashed', 'A worker thread of Cairn stopped unexpectedly. Try again.', { cause });
}
