import { Minimatch } from 'minimatch';
import { CairnError } from '../base/errors.ts';

/** A glob, compared with paths of snapshots. */
export interface PathGlob {
  matches(path: string, name: string): boolean;
  /** Whether anything in this folder could match. */
  mayMatchBelow(path: string): boolean;
}

/**
 * A pattern without a slash is compared with names, one that begins with a slash with whole paths, any other with the
 * ends of paths. Throws `usage` for one that cannot be used.
 */
export function compileGlob(pattern: string, ignoreCase: boolean): PathGlob {
  const options = {
    dot: true,
    nonegate: true,
    nocomment: true,
    nocase: ignoreCase,
    // Paths in a snapshot have slashes on every platform.
    platform: 'linux' as const,
  };
  try {
    if (!pattern.includes('/')) {
      const matcher = new Minimatch(pattern, options);
      return { matches: (_, name) => matcher.match(name), mayMatchBelow: () => true };
    }
    const isWhole = pattern.startsWith('/');
    const matcher = new Minimatch(isWhole ? pattern : `/**/${pattern}`, options);
    return {
      matches: (path) => matcher.match(path),
      mayMatchBelow: isWhole ? (path) => matcher.match(path, true) : () => true,
    };
  } catch (cause) {
    throw new CairnError(
      'usage',
      `The pattern "${pattern.slice(0, 100)}" cannot be used: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
}
