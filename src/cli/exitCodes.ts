import type { ErrorCode } from '../base/errors.ts';

/** Done, though some files could not be read. */
export const EXIT_INCOMPLETE = 3;

/** restic's exit codes; every other failure is 1. */
const exitCodes: Partial<Record<ErrorCode, number>> = {
  'repository-not-found': 10,
  locked: 11,
  'wrong-password': 12,
  aborted: 130,
};

/** The exit code for a failure. */
export function exitCodeOf(code: ErrorCode): number {
  return exitCodes[code] ?? 1;
}
