import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from '../measure.ts';
import type { Program } from './program.ts';

/** borg with encryption (repokey) and the compression that the other two use, zstd level 3. */
export const borg: Program = {
  name: 'borg',
  init: (store) => [run(store, 'init', '-e', 'repokey', repository(store))],
  backup: (store, source) => ({
    ...run(store, 'create', '--compression', 'zstd,3', `${repository(store)}::{utcnow:%Y%m%d-%H%M%S.%f}`, '.'),
    cwd: source,
  }),
  snapshots: (store) => {
    const { program, args, env } = run(store, 'list', '--short', repository(store));
    return execFileSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  },
  repository,
  restore: (store, snapshot, target) => ({
    ...run(store, 'extract', `${repository(store)}::${snapshot}`),
    cwd: target,
  }),
  verify: (store) => run(store, 'check', repository(store)),
  verifyData: (store) => run(store, 'check', '--verify-data', repository(store)),
  diff: (store, from, to) => run(store, 'diff', `${repository(store)}::${from}`, to),
  listFolder: (store, snapshot, folder) =>
    run(store, 'list', '--short', `${repository(store)}::${snapshot}`, `sh:${folder}/*`),
  listSnapshots: (store) => run(store, 'list', repository(store)),
  forget: (store) => ({
    ...run(store),
    program: 'sh',
    args: ['-ec', 'borg prune --keep-last 10 "$1"; borg compact "$1"', 'sh', repository(store)],
  }),
};

function run(store: string, ...args: string[]): Command {
  const env = {
    BORG_BASE_DIR: join(store, 'cache'),
    BORG_PASSPHRASE: 'bench',
    // Histories are measured on copies of one store.
    BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
  };
  return { program: 'borg', args, env };
}

function repository(store: string): string {
  return join(store, 'repository');
}
