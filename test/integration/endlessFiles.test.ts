import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readPlainFile } from '../../src/disk/plainFile.ts';
import { commandLine, ended, type CairnRun } from '../helpers/cairn.ts';
import { createWorld, jsonLines } from './cli/world.ts';

/** Claims no bytes, and delivers hundreds of GiB. */
const endless = '/proc/self/pagemap';
const world = createWorld();
const source = join(world.root, 'source');
mkdirSync(source);
for (const name of ['endless', 'short', 'usual']) writeFileSync(join(source, name), '');
writeFileSync(join(source, 'usual'), 'usual');

/** Starts `cairn` where two files of the source are those of the system. */
function startAmongThem(args: readonly string[]) {
  const mount = `mount --bind /proc/$$/pagemap source/endless; mount --bind /proc/version source/short; exec "$@"`;
  const run = ['--map-root-user', '--mount', 'sh', '-ec', mount, 'sh', process.execPath, commandLine, ...args];
  return spawn('unshare', run, { cwd: world.root, env: { ...process.env, ...world.env } });
}

const runAmongThem = (...args: string[]): Promise<CairnRun> => ended(startAmongThem(args));

describe('a file that delivers without end', () => {
  test('is left out of a backup and named; what claims nothing and is short is stored', async () => {
    const run = await runAmongThem('backup', 'source', '--json');
    expect(run.status).toBe(3);
    const errors = jsonLines(run.stderr) as unknown as { item: string; code: string; error: { message: string } }[];
    expect(errors).toHaveLength(1);
    const [error] = errors;
    expect(error).toMatchObject({ item: join(source, 'endless'), code: 'ENDLESS' });
    expect(error!.error.message).toMatch(/delivers far more than its size says.*not in the snapshot: exclude it/);
    world.restic('restore', 'latest', '--target', join(world.root, 'restored'));
    const restored = join(world.root, 'restored/source');
    expect(readdirSync(restored)).toEqual(['short', 'usual']);
    expect(readFileSync(join(restored, 'short'), 'utf8')).toBe(readFileSync('/proc/version', 'utf8'));
    expect(world.restic('check', '--read-data')).toContain('no errors were found');
    // Nobody knows what was in it: a restore that deletes must leave it.
    expect(world.run(['restore', 'latest', '--in-place', '--delete', '--yes']).status).toBe(0);
    expect(existsSync(join(source, 'endless'))).toBe(true);
  });

  test('alone is nothing to back up', async () => {
    const { status, stderr } = world.run(['backup', `/proc/${process.pid}/pagemap`]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('it delivers far more than its size says')]);
  });

  test('is left out of a mirror and named', async () => {
    const { status, stderr } = await runAmongThem('mirror', 'source', 'copy', '--apply');
    expect([status, stderr]).toEqual([3, expect.stringMatching(/endless delivers far more than its size says/)]);
    expect(readFileSync(join(world.root, 'copy/usual'), 'utf8')).toBe('usual');
    expect(existsSync(join(world.root, 'copy/endless'))).toBe(false);
  });

  test.each([
    ['--password-file', 'snapshots', 'The password file'],
    ['--repository-file', 'snapshots', 'The repository file'],
    ['--exclude-file', 'backup', 'The file of patterns'],
  ])('is no %s', (option, command, what) => {
    const repository = option === '--repository-file' ? [] : ['-r', world.repository];
    const operands = command === 'backup' ? [source] : [];
    const { status, stderr } = world.run([command, ...repository, ...operands, option, '/dev/zero']);
    expect(status).toBe(1);
    expect(stderr).toContain(`${what} /dev/zero cannot be read: it is longer than 64 MiB.`);
  });

  test('holds no patterns of folders', () => {
    expect(readPlainFile(endless, 1 << 20, true)).toBeUndefined();
    expect(readPlainFile('/proc/version', 1 << 20, true)).toEqual(readFileSync('/proc/version'));
  });
});

test('a backup of what claims a petabyte is interrupted', async () => {
  execFileSync('truncate', ['-s', '1P', '/dev/shm/cairn-test-petabyte']);
  try {
    const child = world.start(['backup', '/dev/shm/cairn-test-petabyte', '--json']);
    const run = ended(child);
    const locks = join(world.repository, 'locks');
    while (!existsSync(locks) || readdirSync(locks).length === 0) await sleep(5);
    await sleep(1000);
    child.kill('SIGTERM');
    const { status, stderr } = await run;
    expect([status, stderr]).toEqual([130, expect.stringContaining('"reason":"aborted"')]);
  } finally {
    execFileSync('rm', ['/dev/shm/cairn-test-petabyte']);
  }
});
