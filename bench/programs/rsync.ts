import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './program.ts';

/** A copy kept equal; a restore is copying back. */
export const rsync: Program = {
  name: 'rsync',
  init: () => [],
  backup: (store, source) => ({ program: 'rsync', args: ['-a', '--delete', `${source}/`, join(store, 'copy')] }),
  restore: (store, _snapshot, target) => ({ program: 'rsync', args: ['-a', `${join(store, 'copy')}/`, target] }),
};

/** A new folder each time, with hard links to the files of the one before that are unchanged. */
export const rsyncDated: Program = {
  name: 'rsync --link-dest',
  init: () => [],
  backup: (store, source) => {
    const folder = join(store, 'copies');
    mkdirSync(folder, { recursive: true });
    const count = readdirSync(folder).length;
    const linkDest = count > 0 ? [`--link-dest=${join(folder, String(count))}`] : [];
    return { program: 'rsync', args: ['-a', ...linkDest, `${source}/`, join(folder, String(count + 1))] };
  },
};
