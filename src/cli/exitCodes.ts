import type { ErrorCode } from '../base/errors.ts';

export const EXIT_DONE = 0;
/** Failed, or found something damaged. */
export const EXIT_FAILED = 1;
/** Done, though some files could not be read, or cannot be held by this system. */
export const EXIT_INCOMPLETE = 3;
export const EXIT_INTERRUPTED = 130;

/** What the codes mean, for the help and the man pages. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT_DONE, 'done'],
  [EXIT_FAILED, 'failed'],
  [EXIT_INCOMPLETE, 'some files could not be read'],
  [10, 'no repository'],
  [11, 'locked'],
  [12, 'wrong password'],
  [EXIT_INTERRUPTED, 'interrupted'],
];

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
