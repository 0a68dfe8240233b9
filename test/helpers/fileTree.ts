import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toFsPath } from '../../src/disk/fsPath.ts';

/** What stands at a path: a file's content, a link, or (null) an empty folder. */
export type TreeEntry = string | Buffer | { readonly link: string } | null;

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
