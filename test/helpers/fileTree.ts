import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { toFsPath } from '../../src/disk/fsPath.ts';

/** What stands at a path: a file's content, a link, or (null) an empty folder. */
export type TreeEntry = string | Buffer | { readonly link: string } | null;

/** A path below a folder as tests write it: with `/` on every system. Empty for the folder itself. */
export function pathBelow(root: string, path: string): string {
  return withSlashes(path.slice(root.length + 1));
}

/** A path with `/` on every system. */
export function withSlashes(path: string): string {
  return path.replaceAll(sep, '/');
}

/** Creates files from a literal: `writeTree(root, { 'src/a.ts': 'x', 'empty': null, 'l': { link: 'src' } })`. */
export function writeTree(root: string, tree: Readonly<Record<string, TreeEntry>>): void {
  mkdirSync(root, { recursive: true });
  for (const [path, entry] of Object.entries(tree)) {
    const full = join(root, path);
    mkdirSync(toFsPath(entry === null ? full : dirname(full)), { recursive: true });
    if (entry === null) continue;
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) writeFileSync(toFsPath(full), entry);
    else symlinkSync(entry.link, toFsPath(full));
  }
}
