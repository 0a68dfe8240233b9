import { join } from 'node:path';
import type { Command } from '../measure.ts';
import type { Program } from './program.ts';
import { RESTIC_PASSWORD, resticRepository, resticSnapshotIds } from './resticFormat.ts';

/** restic as it comes: repository version 2, compression `auto`, with its cache. */
export const restic: Program = {
  name: 'restic',
  init: (store) => [run(store, 'init')],
  backup: (store, source) => ({ ...run(store, 'backup', '.'), cwd: source }),
  snapshots: resticSnapshotIds,
  repository: resticRepository,
  restore: (store, snapshot, target) => run(store, 'restore', snapshot, '--target', target),
  verify: (store) => run(store, 'check'),
  verifyData: (store) => run(store, 'check', '--read-data'),
  diff: (store, from, to) => run(store, 'diff', from, to),
  listFolder: (store, snapshot, folder) => run(store, 'ls', snapshot, `/${folder}`),
  listSnapshots: (store) => run(store, 'snapshots'),
  forget: (store) => run(store, 'forget', '--keep-last', '10', '--prune'),
};

function run(store: string, ...args: string[]): Command {
  return {
    program: 'restic',
    args: ['-q', '-r', resticRepository(store), ...args],
    env: { RESTIC_PASSWORD, RESTIC_CACHE_DIR: join(store, 'cache') },
  };
}

/** Checks every byte of a repository in restic's format; whoever wrote it. */
export const resticCheck = (store: string): Command => run(store, 'check', '--read-data', '--no-cache');
