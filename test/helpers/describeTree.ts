import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import { compareRaw, decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';

/**
 * One line for each entry below a folder: path (with `/`), type and mode, owner, size, links, modification time
 * in nanoseconds, and the content's hash or the link's target. Two trees that are equal in what a
 * backup keeps have equal descriptions. Folder times can be left out: some programs touch them.
 */
export function describeTree(root: string, options: { readonly folderTimes?: boolean } = {}): string[] {
  const lines: string[] = [];
  const visit = (relative: string) => {
    const names = readdirSync(toFsPath(join(root, relative)), { encoding: 'buffer' })
      .map(decodeRaw)
      .sort(compareRaw);
    for (const name of names) {
      const path = posix.join(relative, name);
      const full = toFsPath(join(root, path));
      const stats = lstatSync(full, { bigint: true });
      const isFolder = stats.isDirectory();
      const content = stats.isFile()
        ? createHash('sha256').update(readFileSync(full)).digest('hex')
        : stats.isSymbolicLink()
          ? readlinkSync(full, { encoding: 'buffer' }).toString('hex')
          : '';
      const time = isFolder && options.folderTimes === false ? '' : stats.mtimeNs;
      const facts = [
        stats.mode.toString(8),
        stats.uid,
        stats.gid,
        isFolder ? '' : stats.size,
        isFolder ? '' : stats.nlink,
      ];
      lines.push(`${JSON.stringify(path)} ${facts.join(' ')} ${time} ${content}`);
      if (isFolder) visit(path);
    }
  };
  visit('');
  return lines;
}
