import type { ErrorCode } from '../base/errors.ts';

export const EXIT_DONE = 0;
/** Failed, or found something damaged. */
export const EXIT_FAILED = 1;
/** Done, though some files could not be read, or cannot be held by this system. */
export const EXIT_INCOMPLETE = 3;
export const EXIT_INTERRUPTED = 130;

/** restic's exit codes; every other failure is 1. */
const exitCodes: Partial<Record<ErrorCode, number>> = {
  'repository-not-found': 10,
  locked: 11,
  'wrong-password': 12,
  aborted: EXIT_INTERRUPTED,
};

/** The exit code for a failure. */
export function exitCodeOf(code: ErrorCode): number {
  return exitCodes[code] ?? EXIT_FAILED;
}
