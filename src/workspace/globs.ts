import { braceExpand, Minimatch } from 'minimatch';
import { CairnError } from '../base/errors.ts';
import { isWindows } from '../disk/system.ts';
import { isAbsolutePath } from '../disk/paths.ts';

/** A glob, prepared for matching. */
export interface Glob {
  /** As it was given. */
  readonly source: string;
  /** `!`: takes back what an earlier glob of the list matched. */
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  readonly matches: (entry: GlobSubject) => boolean;
}

/** More than a person writes, and than can be compared with many names. */
const MAX_GLOB_LENGTH = 8192;
const MAX_ALTERNATIVES = 1000;

/** What a glob is compared with. All separators are `/`. */
export interface GlobSubject {
  readonly name: string;
  /** From the root of the backup on. */
  readonly relativePath: string;
  readonly absolutePath: string;
  readonly isFolder: boolean;
}

/**
 * Prepares globs in minimatch's syntax, names with a leading dot like any other. A glob without a slash
 * is compared with names, at any depth; one with a slash with the path relative to the root of the
 * backup; an absolute one with the absolute path. A slash at the end limits it to folders. A `!` in
 * front takes back earlier matches (`!(…)` is an extended glob).
 * @throws CairnError `usage` for a glob that minimatch refuses, or that is long or stands for many.
 */
export function compileGlobs(sources: readonly string[], ignoreCase: boolean): Glob[] {
  return sources.map((source) => {
    try {
      return compileGlob(source, ignoreCase);
    } catch (cause) {
      const message = `The pattern ‘${source.slice(0, 100)}’ cannot be used: ${(cause as Error).message}. Change or remove it.`;
      throw new CairnError('usage', message, { cause });
    }
  });
}

/** The last glob that matches, unless it is negated. */
export function findGlob(globs: readonly Glob[], entry: GlobSubject): Glob | undefined {
  const found = globs.findLast((glob) => (entry.isFolder || !glob.foldersOnly) && glob.matches(entry));
  return found?.negated ? undefined : found;
}

function compileGlob(source: string, ignoreCase: boolean): Glob {
  let text = isWindows ? source.replaceAll('\\', '/') : source;
  const negated = text.startsWith('!') && !text.startsWith('!(');
  if (negated) text = text.slice(1);
  const foldersOnly = text.length > 1 && text.endsWith('/');
  text = text.replace(/^(\.\/+)+/, '').replace(/(?<=.)\/+$/, '');
  if (text.length > MAX_GLOB_LENGTH) throw new Error(`it is longer than ${MAX_GLOB_LENGTH} letters`);
  if (braceExpand(text, { braceExpandMax: MAX_ALTERNATIVES + 1 }).length > MAX_ALTERNATIVES) {
    throw new Error(`its braces stand for more than ${MAX_ALTERNATIVES} globs`);
  }
  const options = { dot: true, nonegate: true, nocomment: true, nocase: ignoreCase, windowsPathsNoEscape: isWindows };
  const matcher = new Minimatch(text, options);
  const matches = isAbsolutePath(text)
    ? (entry: GlobSubject) => matcher.match(entry.absolutePath)
    : text.includes('/')
      ? (entry: GlobSubject) => matcher.match(entry.relativePath)
      : (entry: GlobSubject) => matcher.match(entry.name);
  return { source, negated, foldersOnly, matches };
}
