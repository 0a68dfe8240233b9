import { CairnError } from '../../base/errors.ts';
import { decodeRaw } from '../../base/rawName.ts';
import { listNames } from '../../disk/folders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { isAbsolutePath, joinName, resolvePath } from '../../disk/paths.ts';
import { isWindows } from '../../disk/system.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import { compileName } from '../../workspace/goPattern.ts';

/** How a list of paths is written: patterns and comments, one a line, or each ended by a zero byte. */
export type PathListKind = 'patterns' | 'verbatim' | 'raw';

/**
 * The paths of a list as restic reads it. Patterns that fit nothing are told to `onUnmatched`. Throws `usage` for what
 * cannot be a list.
 */
export function pathsInList(
  bytes: Buffer,
  kind: PathListKind,
  workingFolder: string,
  onUnmatched: (pattern: string) => void,
): string[] {
  if (kind === 'raw') return rawPaths(bytes);
  const lines = decodeRaw(bytes)
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  if (kind === 'verbatim') return lines.filter((line) => line !== '');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((pattern) => {
      const found = expandPattern(pattern, workingFolder);
      if (found.length === 0) onUnmatched(pattern);
      return found;
    });
}

function rawPaths(bytes: Buffer): string[] {
  const paths = decodeRaw(bytes).split('\0');
  if (paths.pop() !== '') throw new CairnError('usage', '--files-from-raw needs a zero byte after each path.');
  if (paths.includes('')) throw new CairnError('usage', '--files-from-raw names an empty path.');
  return paths;
}

const special = isWindows ? /[*?[]/ : /[*?[\\]/;

/** By the rules of Go's `filepath.Glob`: name by name, hidden files too, and what cannot be read fits nothing. */
function expandPattern(pattern: string, workingFolder: string): string[] {
  const slashed = isWindows ? pattern.replaceAll('\\', '/') : pattern;
  const exists = (path: string) => lstatIfThere(toFsPath(resolvePath(path, workingFolder))) !== undefined;
  if (!special.test(slashed)) return exists(pattern) ? [pattern] : [];
  let found = [isAbsolutePath(slashed) ? slashed.slice(0, slashed.indexOf('/') + 1) : ''];
  const names = slashed.slice(found[0]!.length).split('/');
  for (const part of names.filter((name) => name !== '')) {
    found = found.flatMap((folder) => namesIn(folder, part, workingFolder));
  }
  return found.filter(exists);
}

function namesIn(folder: string, part: string, workingFolder: string): string[] {
  const join = (name: string) => (folder === '' ? name : joinName(folder, name));
  if (!special.test(part)) return [join(part)];
  const pattern = compileName(part);
  if (!pattern) throw new CairnError('usage', `The pattern "${part}" of --files-from is malformed.`);
  try {
    return listNames(toFsPath(resolvePath(folder === '' ? '.' : folder, workingFolder)))
      .filter((name) => pattern.fits(name))
      .map(join);
  } catch {
    return [];
  }
}
