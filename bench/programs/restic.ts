import { join } from 'node:path';
import type { Command } from '../measure.ts';
import type { Program } from './program.ts';
import { RESTIC_PASSWORD, resticRepository, resticSnapshotIds } from './resticFormat.ts';

/** Which restic, and where it looks for the repository of a store. */
export interface ResticOptions {
  readonly name?: string;
  readonly program?: string;
  /** The folder of the repository unless stated. */
  readonly locate?: (store: string) => string;
}

/** restic as it comes: repository version 2, compression `auto`, with its cache. */
export function createRestic({
  name = 'restic',
  program = 'restic',
  locate = resticRepository,
}: ResticOptions = {}): Program {
  const run = (store: string, ...args: string[]): Command => ({
    program,
    args: ['-q', '-r', locate(store), ...args],
    env: { RESTIC_PASSWORD, RESTIC_CACHE_DIR: join(store, 'cache') },
  });
  const forget = (store: string) => run(store, 'forget', '--keep-last', '10', '--prune');
  return {
    name,
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
    forget,
    forgetAtOnce: forget,
  };
}

/** The restic of this machine. */
export const restic: Program = createRestic();

/** Checks every byte of a repository in restic's format; whoever wrote it. */
export const resticCheck = (store: string): Command => ({
  program: 'restic',
  args: ['-q', '-r', resticRepository(store), 'check', '--read-data', '--no-cache'],
  env: { RESTIC_PASSWORD },
});
