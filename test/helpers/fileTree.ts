import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { whyNotHere } from '../../src/disk/names.ts';
import { isWindows } from '../../src/disk/system.ts';
import { tempFolder } from './tempFolder.ts';

/** What stands at a path: a file's content, a link, or (null) an empty folder. */
export type TreeEntry = string | Buffer | { readonly link: string } | null;

/** False under Wine, where making a link does nothing, and where Windows does not let this user make one. */
export const makesLinks = canLink();

/**
 * Creates files from a literal: `writeTree(root, { 'src/a.ts': 'x', 'empty': null, 'l': { link: 'src' } })`. What
 * this system cannot hold, by its name or as a link, is not in it then.
 */
export function writeTree(root: string, tree: Readonly<Record<string, TreeEntry>>): void {
  mkdirSync(root, { recursive: true });
  for (const [path, entry] of Object.entries(tree)) {
    if (!isHere(path, entry)) continue;
    const full = join(root, path);
    mkdirSync(toFsPath(entry === null ? full : dirname(full)), { recursive: true });
    if (entry === null) continue;
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) writeFileSync(toFsPath(full), entry);
    else symlinkSync(entry.link, toFsPath(full));
  }
}

/** Whether {@link writeTree} makes that entry on this system. Without an entry it is about the path alone. */
export function isHere(path: string, entry: TreeEntry = null): boolean {
  const isLink = entry !== null && typeof entry === 'object' && 'link' in entry;
  return path.split('/').every((name) => whyNotHere(name) === undefined) && (makesLinks || !isLink);
}

function canLink(): boolean {
  const folder = tempFolder();
  try {
    symlinkSync('.', join(folder, 'link'));
    return existsSync(join(folder, 'link'));
  } catch (error) {
    if (isWindows) return false;
    throw error;
  }
}
