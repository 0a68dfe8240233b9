import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { LocalBackend } from '../../../src/backend/local/localBackend.ts';
import { lockRepository } from '../../../src/engine/session.ts';
import { createLocalRepository, openLocalRepository } from '../../helpers/localRepository.ts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { shareProgram } from '../../helpers/cairn.ts';
import { createWorld, jsonLines } from './world.ts';

shareProgram();
const world = createWorld();
const source = join(world.root, 'source');
writeTree(source, { 'a.txt': 'a' });
const withPassword = { env: { RESTIC_PASSWORD: TEST_PASSWORD } };

/** Runs once for people and once for programs, and holds both reports against each other. */
function fail(args: readonly string[], options: Parameters<typeof world.run>[1] = withPassword) {
  const plain = world.run(args, options);
  const line = plain.stderr.trimEnd();
  expect(line.split('\n').at(-1)).toMatch(/^cairn: [^\n]+$/);
  expect(plain.stdout).toBe('');
  const json = world.run([...args, '--json'], options);
  expect(json.stdout).toBe('');
  const report = jsonLines(json.stderr).at(-1)!;
  expect(report).toMatchObject({ message_type: 'exit_error', code: plain.status });
  expect(json.status).toBe(plain.status);
  return { status: plain.status, line, reason: report['reason'], lines: line.split('\n').length };
}

let count = 0;

/** A repository that opens in no time. */
async function makeRepository(): Promise<string> {
  const folder = join(world.root, `repository-${count++}`);
  await createLocalRepository(folder);
  return folder;
}

describe('a repository that cannot be used', () => {
  test('is not there', () => {
    expect(fail(['snapshots', '-r', join(world.root, 'nothing')])).toMatchObject({
      status: 10,
      lines: 1,
      reason: 'repository-not-found',
    });
  });

  test('is another folder', () => {
    expect(fail(['snapshots', '-r', source])).toMatchObject({ status: 10, lines: 1 });
  });

  test('is the default one, and nothing was backed up yet', () => {
    const failure = fail(['snapshots'], {});
    expect(failure).toMatchObject({ status: 10, lines: 1, reason: 'repository-not-found' });
    expect(failure.line).toContain('cairn backup');
    expect(readdirSync(join(world.root, 'data'))).toEqual([]);
  });

  test('has another password', async () => {
    const folder = await makeRepository();
    const failure = fail(['snapshots', '-r', folder], { env: { RESTIC_PASSWORD: 'hunter2-is-wrong' } });
    expect(failure).toMatchObject({ status: 12, lines: 1, reason: 'wrong-password' });
    expect(failure.line).not.toContain('hunter2');
  });

  test('has a password that nobody gives', async () => {
    expect(fail(['snapshots', '-r', await makeRepository()], {})).toMatchObject({
      status: 1,
      lines: 1,
      reason: 'password-missing',
    });
  });

  test('has version 3', async () => {
    const folder = await makeRepository();
    const { config, sealer, backend } = await openLocalRepository(folder);
    const json = JSON.stringify({
      version: 3,
      id: config.id,
      chunker_polynomial: config.chunkerPolynomial.toString(16),
    });
    await backend.remove({ type: 'config', name: '' });
    await backend.save({ type: 'config', name: '' }, [sealer.seal(Buffer.from(json))]);
    const failure = fail(['snapshots', '-r', folder]);
    expect(failure).toMatchObject({ status: 1, lines: 1, reason: 'repository-unsupported' });
    expect(failure.line).toContain('version 3');
  });

  test.each(['config', 'keys'])('has a damaged file: %s', async (name) => {
    const folder = await makeRepository();
    const path = name === 'config' ? join(folder, name) : join(folder, name, readdirSync(join(folder, name))[0]!);
    const bytes = readFileSync(path);
    bytes[40]! ^= 1;
    chmodSync(path, 0o600);
    writeFileSync(path, bytes);
    expect(fail(['snapshots', '-r', folder])).toMatchObject({ status: 1, lines: 1, reason: 'repository-damaged' });
  });

  test('is at a place of an unknown kind', () => {
    const failure = fail(['snapshots', '-r', 'b2:me:secret']);
    expect(failure).toMatchObject({ status: 1, lines: 1, reason: 'usage' });
    expect(failure.line).toContain('through rclone');
    expect(failure.line).not.toContain('secret');
  });

  test('is locked by another', async () => {
    const folder = await makeRepository();
    const repository = await openLocalRepository(folder);
    const lock = await lockRepository(repository, { lock: 'exclusive' });
    await lock.confirmed;
    const failure = fail(['backup', source, '-r', folder]);
    expect(failure).toMatchObject({ status: 11, lines: 1, reason: 'locked' });
    expect(failure.line).toContain(`PID ${process.pid}`);
    expect(world.run(['ls', 'latest', '-r', folder], withPassword).status).toBe(11);
    expect(world.run(['ls', 'latest', '-r', folder, '--no-lock'], withPassword).stderr).toContain('no snapshot');
    await lock.release();
  });

  test('cannot be written to', async () => {
    const folder = await makeRepository();
    const isRoot = process.getuid?.() === 0;
    if (isRoot) openToOthers(folder);
    else
      for (const name of ['.', ...readdirSync(folder)])
        chmodSync(join(folder, name), name === 'config' ? 0o400 : 0o500);
    const asOther = { ...withPassword, ...(isRoot && { uid: 65_534 }) };
    chmodSync(world.root, 0o755);
    expect(fail(['backup', source, '-r', folder], asOther)).toMatchObject({
      status: 1,
      lines: 1,
      reason: 'permission-denied',
    });
    expect(fail(['stats', '-r', folder], asOther).line).toContain('--no-lock');
    expect(world.run(['stats', '-r', folder, '--no-lock'], asOther)).toMatchObject({ status: 0, stderr: '' });
  });
});

/** Lets others read a repository, as `restic` leaves one that a group shares. */
function openToOthers(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToOthers(path);
    else chmodSync(path, 0o644);
  }
}

describe('a source that cannot be backed up', () => {
  test('none is there', () => {
    expect(fail(['backup', 'nothing-1', 'nothing-2'], {})).toMatchObject({ status: 1, reason: 'source-not-found' });
  });

  test('some are not there', () => {
    const run = world.run(['backup', source, 'nothing-1']);
    expect(run.status).toBe(3);
    expect(run.stderr).toContain('warning: nothing-1 does not exist\n');
    expect(run.stdout).toMatch(/snapshot [0-9a-f]{8} saved/);
  });

  test('an unreadable file and folder', () => {
    const folder = join(world.root, 'unreadable');
    writeTree(folder, { 'good.txt': 'x', 'bad.txt': 'x', 'closed/inside.txt': 'x' });
    chmodSync(join(folder, 'bad.txt'), 0);
    chmodSync(join(folder, 'closed'), 0);
    const data = join(world.root, 'data-of-nobody');
    mkdirSync(data);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(data, 65_534, 65_534);
    chmodSync(world.root, 0o755);
    const options = { env: { XDG_DATA_HOME: data }, ...(isRoot && { uid: 65_534 }) };
    const run = world.run(['backup', folder, '--json'], options);
    expect(run.status).toBe(3);
    const errors = jsonLines(run.stderr).sort((a, b) => (String(a['item']) < String(b['item']) ? -1 : 1));
    expect(errors).toEqual(
      ['bad.txt', 'closed'].map((name) => ({
        message_type: 'error',
        error: { message: expect.stringContaining('permission denied') as string },
        message: expect.stringContaining('permission denied') as string,
        item: join(folder, name),
        code: 'EACCES',
      })),
    );
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ message_type: 'summary', files_new: 1, problems: 2 });
    expect(world.run(['ls', 'latest'], options).stdout).toContain('/good.txt\n');
  });

  test('lies in the repository', async () => {
    const folder = await makeRepository();
    for (const path of [folder, join(folder, 'data')]) {
      expect(fail(['backup', path, '-r', folder])).toMatchObject({ status: 1, lines: 1, reason: 'refused' });
    }
  });

  test('malformed patterns, before anything is asked or made', () => {
    const failure = fail(['backup', source, '-e', '[a', '-e', 'ok', '-e', 'b/c['], {});
    expect(failure).toMatchObject({ status: 1, lines: 1, reason: 'usage' });
    expect(failure.line).toContain('The patterns ‘[a’, ‘b/c[’ cannot be used');
  });

  test('an exclude file that is not there', () => {
    const failure = fail(['backup', source, '--exclude-file', 'missing.txt'], {});
    expect(failure).toMatchObject({ status: 1, lines: 1, reason: 'usage' });
    expect(failure.line).toContain('missing.txt');
  });
});

describe('a command line that makes no sense', () => {
  beforeAll(() => world.json(['backup', source]));

  const cases: [args: string[], message: RegExp][] = [
    [['backup'], /Say what to back up/],
    [['bakcup', '.'], /Unknown command 'bakcup' \(Did you mean backup\?\)\. "cairn --help"/],
    [['ls', 'latest', '--lang'], /Unknown option '--lang' \(Did you mean --long\?\)\. "cairn ls --help"/],
    [['key', 'add', '--x'], /Unknown option '--x'\. "cairn key add --help"/],
    [['snapshots', '--latest', 'two'], /whole number/],
    [['find', 'x', '--oldest', '2026-02-30'], /local time/],
    [['stats', '--mode', 'x'], /Allowed choices are/],
    [['restore', 'latest'], /--target FOLDER, or --in-place/],
    [['restore', 'latest', '--in-place', '--target', 'x'], /not both/],
    [['snapshots', '-r', 'a', '--repository-file', 'b'], /--repo and --repository-file are both given/],
    [['ls', 'nothing-like-that'], /no snapshot "nothing-like-that"/],
    [['backup', 'source', '--if-older-than', 'soon'], /not a duration/],
    [['snapshots', '-r', ''], /--repo is empty/],
    [['restore', 'latest', '--target', ''], /empty path/],
    [['restore', 'latest', '', '--target', 'x'], /empty path/],
    [['mirror', 'source', ''], /empty path/],
    [['duplicates', ''], /empty path/],
    [['schedule', 'install', '', '--dry-run'], /empty path/],
    [['schedule', 'install', 'source', '--at', '1:00', '--every', '1h'], /one of --at, --every/],
  ];
  test.each(cases)('%j', (args, message) => {
    const failure = fail(args, {});
    expect(failure).toMatchObject({ status: 1, lines: 1 });
    expect(failure.line).toMatch(message);
  });

  test('a repository is not asked for its password before it is found', () => {
    expect(fail(['snapshots', '-r', 'nowhere'], {}).status).toBe(10);
  });
});

test('the folder of a repository that is gone is told from a wrong one', async () => {
  const folder = await makeRepository();
  await new LocalBackend(folder).remove({ type: 'config', name: '' });
  expect(fail(['snapshots', '-r', folder]).status).toBe(10);
});
