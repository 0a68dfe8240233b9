import { join } from 'node:path';
import type { Command } from '../measure.ts';
import type { Program } from './program.ts';
import { RESTIC_PASSWORD, resticRepository, resticSnapshotIds } from './resticFormat.ts';

/**
 * `cairn` as built into `dist`, in this run's own Node.
 * @param locate the location of the repository in a store; that of its folder unless stated.
 */
export function createCairn(dist: string, locate: (store: string) => string = resticRepository): Program {
  const cairn = (store: string, ...args: string[]): Command => ({
    ...commandLine(dist, store, '-q', '-r', locate(store), ...args),
    env: { ...ownData(store), RESTIC_PASSWORD, RESTIC_CACHE_DIR: join(store, 'cache') },
  });
  return {
    name: 'cairn',
    init: (store) => [cairn(store, 'init')],
    backup: (store, source) => ({ ...cairn(store, 'backup', '.'), cwd: source }),
    snapshots: resticSnapshotIds,
    repository: resticRepository,
    restore: (store, snapshot, target) => cairn(store, 'restore', snapshot, '--target', target),
    verify: (store) => cairn(store, 'verify'),
    verifyData: (store) => cairn(store, 'verify', '--read-data'),
    diff: (store, from, to) => cairn(store, 'diff', from, to),
    listFolder: (store, snapshot, folder) => cairn(store, 'ls', snapshot, `/${folder}`),
    listSnapshots: (store) => cairn(store, 'snapshots'),
    forget: (store) => cairn(store, 'forget', '--keep-last', '10', '--prune'),
    forgetAtOnce: (store) => cairn(store, 'forget', '--keep-last', '10', '--prune', '--grace', '0'),
  };
}

/** `cairn mirror`. */
export function createCairnMirror(dist: string): Program {
  return {
    name: 'cairn mirror',
    init: () => [],
    backup: (store, source) => commandLine(dist, store, 'mirror', '-q', '--apply', source, join(store, 'copy')),
  };
}

/** `cairn mirror --dated`. */
export function createCairnDated(dist: string): Program {
  return {
    name: 'cairn mirror --dated',
    init: () => [],
    backup: (store, source) =>
      commandLine(dist, store, 'mirror', '-q', '--dated', '--apply', source, join(store, 'copies')),
  };
}

/** Where it notes what is a user's own. */
const ownData = (store: string) => ({ XDG_DATA_HOME: join(store, 'own'), CAIRN_GUARD: join(store, 'guard') });

const commandLine = (dist: string, store: string, ...args: string[]): Command => ({
  program: process.execPath,
  args: [join(dist, 'cli.js'), ...args],
  env: ownData(store),
});
