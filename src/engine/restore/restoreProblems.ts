import { CairnError, errorCode } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';

/** Something that could not be restored, or not as the snapshot says. */
export interface RestoreProblem {
  /** Absolute; bytes that are not UTF-8 as in `base/rawName.ts`. */
  readonly path: string;
  /** The system's code, a code of `base/errors.ts`, or one of `CONFLICT`, `CHANGED`, `TOO-DEEP`, `SIZE`, `NAME`, `TWIN`, `TYPE`, `LINK-RIGHT`. */
  readonly code: string;
  /** A sentence for the person. */
  readonly message: string;
}

/** A failure as it crosses the border of a thread. */
export interface Failure {
  readonly code: string;
  /** For codes that are not the system's: what happened, as a sentence. */
  readonly message?: string;
}

/** These strike every entry alike: going on would only repeat them. */
const fatalSystemCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);
const fatalCodes: ReadonlySet<string> = new Set([
  'aborted',
  'internal',
  'lock-lost',
  'target-unavailable',
  'usage',
  'worker-crashed',
]);

/** Any thrown value as a failure. A programming error is thrown on. */
export function toFailure(error: unknown): Failure {
  const system = systemCode(error);
  if (system !== undefined && !(error instanceof CairnError)) return { code: system };
  const code = errorCode(error);
  if (code === 'internal') throw error;
  return { code, message: (error as Error).message };
}

/** True for a failure after which the restore stops. */
export function isFatal({ code }: Failure): boolean {
  return fatalSystemCodes.has(code) || fatalCodes.has(code);
}

/** The error with which a restore stops. */
export function fatalError(failure: Failure, path: string): CairnError {
  const shown = displayPath(path);
  switch (failure.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new CairnError(
        'disk-full',
        `The disk is full: ${shown} could not be written. What was restored before it is complete. Free some space and restore again.`,
        { details: { path: shown, reason: failure.code } },
      );
    case 'EROFS':
      return new CairnError(
        'read-only',
        `${shown} cannot be written: the file system is read-only. Make it writable, or restore to another folder.`,
        { details: { path: shown, reason: failure.code } },
      );
    default:
      return new CairnError(failure.code as CairnError['code'], failure.message ?? `${shown} could not be restored.`);
  }
}

/** The problem that a failure means for one entry. */
export function problemFrom(path: string, failure: Failure): RestoreProblem {
  const shown = displayPath(path);
  const message = failure.message === undefined ? `${shown} ${explain(failure.code)}.` : `${shown}: ${failure.message}`;
  return { path, code: failure.code, message };
}

/** What a code means for the one entry, as the end of a sentence that begins with its path. */
function explain(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'was not restored: permission denied';
    case 'EEXIST':
      return 'was not restored: something of that name appeared after the plan was made, or differs from it only in upper and lower case';
    case 'CHANGED':
      return 'was left as it is: it changed after the plan was made. Restore again to overwrite it';
    case 'ENOTDIR':
    case 'ELOOP':
      return 'was not restored: it or a folder above it was replaced by a link or a file after the plan was made';
    case 'EISDIR':
      return 'was not restored: a folder appeared in its place after the plan was made';
    case 'ENOTEMPTY':
      return 'was not removed: something appeared in it after the plan was made';
    case 'ENOENT':
      return 'vanished, or its folder did, while the restore was running';
    case 'ENAMETOOLONG':
      return 'was not restored: its name is too long for this file system';
    case 'EILSEQ':
    case 'EINVAL':
      return 'was not restored: this file system does not take such a name';
    case 'TWIN':
      return 'was not restored: its name differs from that of another entry only in what this file system passes over, such as upper and lower case';
    case 'EBUSY':
      return 'was not restored: another program holds it open. Close it there and restore again';
    case 'LINK-RIGHT':
      return 'was not restored: Windows lets only administrators, and everybody in Developer Mode, make such a link';
    case 'ENOTSUP':
      return 'was not restored: this file system has no such things';
    case 'TOO-DEEP':
      return 'was not restored: it is nested too deeply';
    default:
      return `was not restored (${code})`;
  }
}
