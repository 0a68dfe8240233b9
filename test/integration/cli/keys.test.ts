import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ended } from '../../helpers/cairn.ts';
import { createLocalRepository } from '../../helpers/localRepository.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { restic, TEST_PASSWORD } from '../../helpers/restic.ts';
import { createWorld, jsonLines } from './world.ts';

const world = createWorld();
const repository = join(world.root, 'named');
const env = { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: TEST_PASSWORD };
writeTree(world.root, {
  'source/a': 'a',
  'second.txt': 'second password\n',
  'third.txt': 'third',
  'third.mjs': "console.log('third')",
});

test('init makes a repository, once', () => {
  const run = world.run(['init'], { env });
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/^created the repository [0-9a-f]{10} at /);
  expect(run.stderr).toContain('Keep the password');
  expect(restic(repository, ['check'])).toContain('no errors were found');
  expect(world.run(['init'], { env })).toMatchObject({ status: 1, stdout: '' });
  const old = join(world.root, 'old');
  expect(world.json(['init', '-r', old, '--repository-version', '1'], { env })).toEqual([
    { message_type: 'initialized', id: expect.stringMatching(/^[0-9a-f]{64}$/) as string, repository: old },
  ]);
  expect(JSON.parse(restic(old, ['cat', 'config']))).toMatchObject({ version: 1 });
});

test('init without a name makes the default repository', () => {
  const run = world.run(['init']);
  expect(run.stderr).toContain(world.passwordFile);
  expect(run.stderr).not.toContain(world.password());
  expect(world.json(['snapshots'])).toEqual([]);
  expect(world.run(['init'])).toMatchObject({ status: 1, stdout: '' });
  expect(world.run(['key', 'passwd', '--new-password-file', 'third.txt']).stderr).toContain('cairn key add');
});

test('key: another password is added, used, and replaces the first', () => {
  expect(world.run(['key', 'add', '--new-password-file', 'second.txt'], { env }).stdout).toMatch(/^key \S{8} added\n$/);
  expect(restic(repository, ['snapshots'], { password: 'second password' })).toBeDefined();
  const keys = world.json(['key', 'list'], { env });
  expect(keys.map(({ current }) => current)).toEqual([true, false]);
  expect(keys[0]).toMatchObject({ message_type: 'key', userName: expect.any(String) as string });
  expect(world.run(['key', 'list'], { env }).stdout).toMatch(/^ ID +User +Host +Created\n\*[0-9a-f]{8} /);

  const first = String(keys[0]!['id']);
  expect(world.run(['key', 'remove', first.slice(0, 8)], { env }).stderr).toContain('is in use');
  const second = { env: { ...env, RESTIC_PASSWORD: 'second password' } };
  expect(world.run(['key', 'remove', first.slice(0, 8)], second).stdout).toBe(`key ${first.slice(0, 8)} removed\n`);
  expect(world.run(['snapshots'], { env }).status).toBe(12);

  const changed = world.run(['key', 'passwd', '--new-password-command', `"${process.execPath}" third.mjs`], second);
  expect(changed).toMatchObject({ status: 0, stderr: '' });
  expect(world.run(['snapshots'], second).status).toBe(12);
  expect(world.run(['snapshots'], { env: { ...env, RESTIC_PASSWORD: 'third' } }).status).toBe(0);
});

describe('a lock of restic', () => {
  const place = join(world.root, 'shared');
  const options = { env: { ...env, RESTIC_REPOSITORY: place } };
  beforeAll(() => createLocalRepository(place));

  /** Starts a restic that holds a lock until its input ends. */
  async function startRestic() {
    const child = spawn('restic', ['--no-cache', 'backup', '--stdin'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...process.env, ...options.env },
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    await once(child, 'spawn');
    while (readdirSync(join(place, 'locks')).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return { child, closed };
  }

  test('is respected while it lives, and removed when it is left behind', async () => {
    const { child, closed } = await startRestic();
    expect(world.run(['backup', 'source'], options).status).toBe(0);
    const refused = world.run(['key', 'remove', 'abc'], options);
    expect(refused.status).toBe(11);
    expect(refused.stderr).toContain(`PID ${child.pid} on host`);
    expect(world.run(['unlock'], options).stdout).toBe('0 locks removed\n');
    // What is said to be removed is removed.
    expect(world.run(['backup', 'source'], options).status).toBe(0);
    const forget = world.run(['forget', '--keep-last', '1', '--json'], options);
    expect(forget.status).toBe(11);
    expect(jsonLines(forget.stdout)).toMatchObject([{ remove: null }]);

    child.kill('SIGKILL');
    await closed;
    expect(world.run(['key', 'remove', 'abc'], options).status).toBe(11);
    const unlocked = world.run(['unlock'], options);
    expect(unlocked.stdout).toMatch(/^removed lock [0-9a-f]{8} of PID \d+ on .*\n1 lock removed\n$/);
    expect(world.run(['key', 'remove', 'abc'], options).status).toBe(1);
  });

  test('is waited for with --retry-lock', async () => {
    const { child, closed } = await startRestic();
    const run = world.start(['key', 'remove', 'abc', '--retry-lock', '1m'], options);
    const result = ended(run);
    setTimeout(() => child.stdin.end('the end'), 1000);
    await closed;
    expect((await result).stderr).toContain('There is no key "abc"');
  });

  test('goes with --remove-all even when it cannot be read', () => {
    writeFileSync(join(place, 'locks', 'a'.repeat(64)), 'no lock at all');
    expect(world.json(['unlock'], options)).toEqual([{ message_type: 'unlocked', locks: [] }]);
    const locks = ['a'.repeat(64)];
    expect(world.json(['unlock', '--remove-all'], options)).toEqual([{ message_type: 'unlocked', locks }]);
  });
});
