import type { DiskPath } from '../../base/pathKinds.ts';
import { isWindowsPath } from '../../base/samePlace.ts';

/**
 * The command by which restic restores a snapshot, or one thing in it, into a new folder; for PowerShell, or for a
 * shell as of Unix.
 */
export function resticRestoreCommand(
  location: string,
  snapshot: string,
  {
    path,
    shell,
    storage = [],
  }: {
    readonly path: DiskPath | undefined;
    readonly shell: 'sh' | 'powershell';
    /** What restic has to be told about the storage, as words. */
    readonly storage?: readonly string[];
  },
): string {
  const quote = shell === 'sh' ? quoteForShell : quoteForPowerShell;
  const include = path === undefined ? [] : ['--include', quote(pathInTree(path))];
  return [
    'restic',
    '-r',
    quote(location),
    ...storage.map(quote),
    'restore',
    snapshot,
    ...include,
    '--target',
    './restored',
  ].join(' ');
}

/** As restic has it in its trees: the letter of the drive, or the name of the share, is the first name. */
function pathInTree(path: DiskPath): string {
  if (!isWindowsPath(path)) return path;
  const [, drive, share = '', below = ''] = /^(?:([A-Za-z]):|(\\\\[^\\]+\\[^\\]+))(.*)$/s.exec(path) ?? [];
  return `/${drive ?? share}${below.replaceAll('\\', '/')}`;
}

function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function quoteForPowerShell(word: string): string {
  // It takes the typographic quotes for plain ones.
  return /^[\w:./\\-]+$/.test(word) ? word : `'${word.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}
