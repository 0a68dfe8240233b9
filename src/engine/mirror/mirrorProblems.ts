import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import type { MirrorProblem } from './mirrorPlan.ts';

/** These do not mean that the copy lacks something it should have. */
const harmless: ReadonlySet<string> = new Set(['VANISHED', 'CHANGED', 'METADATA', 'SLOW-PATTERNS']);

/** True if, because of this, nothing of the copy should be deleted: what is missing may be in there. */
export function isGrave({ code }: MirrorProblem): boolean {
  return !harmless.has(code);
}

/** A failure to read the source as a problem; a programming error is thrown on. `path` is absolute. */
export function sourceProblem(path: string, error: unknown): MirrorProblem {
  const code = codeOf(error);
  const shown = displayPath(path);
  if (code === 'ENOENT') return { path, code: 'VANISHED', message: `${shown} vanished before it was copied.` };
  if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'EISDIR') {
    return { path, code: 'VANISHED', message: `${shown} became something else before it was copied.` };
  }
  const message =
    code === 'ENDLESS'
      ? `${shown} delivers far more than its size says, perhaps without end: it was not copied. Exclude it.`
      : `${shown} cannot be read (${explain(code)}): it was not copied.`;
  return { path, code, message };
}

/** A failure in the copy as a problem. Throws `disk-full` and `read-only`: going on would only repeat them. */
export function copyProblem(path: string, error: unknown): MirrorProblem {
  const code = codeOf(error);
  const shown = displayPath(path);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk is full: ${shown} could not be written. What was copied before it is complete, and nothing more was deleted. Free some space and mirror again.`;
    throw new CairnError('disk-full', message, { details: { path: shown, reason: code }, cause: error });
  }
  if (code === 'EROFS') {
    const message = `${shown} cannot be written: the file system is read-only. Make it writable, or mirror to another folder.`;
    throw new CairnError('read-only', message, { details: { path: shown, reason: code }, cause: error });
  }
  return { path, code, message: `${shown} cannot be brought up to date: ${explain(code)}.` };
}

function codeOf(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined || error instanceof CairnError) throw error;
  return code;
}

function explain(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EEXIST':
      return 'something of that name appeared meanwhile, or differs from it only in upper and lower case';
    case 'ENOTDIR':
    case 'ELOOP':
      return 'a folder above it was replaced by a link or a file';
    case 'EISDIR':
    case 'ENOTEMPTY':
      return 'a folder with something in it stands in its place';
    case 'ENOENT':
      return 'it or its folder vanished';
    case 'LINK-RIGHT':
      return 'Windows lets only administrators, and everybody in Developer Mode, make such a link';
    case 'ENAMETOOLONG':
      return 'its name is too long for this file system';
    case 'EILSEQ':
    case 'EINVAL':
      return 'this file system does not take such a name';
    default:
      return code;
  }
}
