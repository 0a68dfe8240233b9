import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';

/** The program that is to be rclone could not be started. */
export function notStarted(cause: unknown, program: string): CairnError {
  const reason = systemCode(cause) ?? 'unknown';
  const isMissing = reason === 'ENOENT';
  const what = isMissing ? 'was not found' : `could not be started (${reason})`;
  return new CairnError(
    isMissing ? 'usage' : 'target-unavailable',
    `The program "${program}" ${what}, which leads to this storage. Install rclone (by the package manager of your system, or from https://rclone.org/install/), or name it by -o rclone.program=PATH.`,
    { details: { program, reason }, cause },
  );
}

/** It began, and ended before it had answered anything: most often its configuration is not what it should be. */
export function endedEarly(how: string, said: string, location: string): CairnError {
  return new CairnError(
    'target-unavailable',
    `rclone could not reach ${location}: it ended ${how}${quote(said)}. "rclone config" shows and changes its remotes.`,
    { details: { location } },
  );
}

/** It lives, and does not answer. */
export function notReady(timeoutMs: number, said: string, location: string): CairnError {
  return new CairnError(
    'target-unavailable',
    `rclone did not answer for ${location} within ${Math.round(timeoutMs / 1000)} seconds${quote(said)}. -o rclone.timeout=5m waits longer.`,
    { details: { location }, mayPass: true },
  );
}

/** It ended, or the way to it, in the middle of its work. */
export function brokeOff(said: string, location: string): CairnError {
  return new CairnError(
    'target-unavailable',
    `rclone, on the way to ${location}, broke off in the middle of its work${quote(said)}.`,
    {
      details: { location },
      mayPass: true,
    },
  );
}

/** What it said last, to be put at the end of a sentence. */
export function quote(said: string): string {
  return said === '' ? '' : `. It said: ${said.replace(/[.\s]+$/, '')}`;
}
