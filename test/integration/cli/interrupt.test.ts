import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CairnRun, ended } from '../../helpers/cairn.ts';
import { randomBytes } from '../../helpers/random.ts';
import { createWorld, jsonLines } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
const files = 300;

beforeAll(() => {
  mkdirSync(source);
  const bytes = randomBytes('interrupt', 400_000);
  for (let at = 0; at < files; at++) {
    // Not two of them alike.
    bytes.writeUInt32LE(at);
    writeFileSync(join(source, `file-${at}`), bytes);
    bytes.writeUInt32LE(at, 200_000);
  }
});

/** Starts a backup and sends a signal as soon as it stores something: before its lock is sure, it only reads. */
async function interruptBackup(signal: NodeJS.Signals) {
  const before = countPacks();
  const child = world.start(['backup', source, '--json']);
  const watch = setInterval(() => {
    if (countPacks() === before) return;
    clearInterval(watch);
    child.kill(signal);
  }, 5);
  const run = await ended(child);
  clearInterval(watch);
  return run;
}

/** Files of packs, complete or not. */
function countPacks(): number {
  const data = join(world.repository, 'data');
  return existsSync(data)
    ? readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((path) => path.length > 2).length
    : 0;
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s during a backup', (signal) => {
  test('ends it with 130, and leaves a valid repository without a lock', async () => {
    const before = world.json(['snapshots'], { status: signal === 'SIGINT' ? 10 : 0 }).length;
    const run = await interruptBackup(signal);
    expect(run.status).toBe(130);
    expect(jsonLines(run.stderr)).toMatchObject([{ message_type: 'exit_error', code: 130, reason: 'aborted' }]);
    expect(jsonLines(run.stdout)).toEqual([]);
    expect(world.json(['snapshots'])).toHaveLength(before);
    expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
    expect(world.restic('check', '--read-data')).toContain('no errors were found');
  });
});

test('the next backup does not store again what was stored', () => {
  const [summary] = world.json(['backup', source]);
  expect(summary).toMatchObject({ files_new: files });
  expect(Number(summary!['data_added'])).toBeLessThan(Number(summary!['total_bytes_processed']));
  expect(world.restic('check', '--read-data')).toContain('no errors were found');
});

test('an interrupt that arrives twice, as npm may pass it on, still ends the backup in good order', async () => {
  const child = world.start(['backup', source, '--force-hash', '--json']);
  child.stdout!.once('data', () => {
    child.kill('SIGINT');
    child.kill('SIGINT');
  });
  expect((await ended(child)).status).toBe(130);
  expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
  expect(world.run(['backup', source]).status).toBe(0);
  expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
});

/** The lock of a command; it is looked at again for a while before the command goes on. */
const hasLock = () => readdirSync(join(world.repository, 'locks')).some((name) => name.length === 64);

async function interruptLocked(args: readonly string[]): Promise<CairnRun> {
  const child = world.start(args);
  const watch = setInterval(() => {
    if (!hasLock()) return;
    clearInterval(watch);
    child.kill('SIGINT');
  }, 2);
  const run = await ended(child);
  clearInterval(watch);
  return run;
}

/** What only looks at snapshots waits for nothing, and is done before a signal arrives. */
describe('SIGINT ends with 130, one line and no lock', () => {
  test.each([
    ['restore', 'latest', '--target', 'target'],
    ['verify', '--read-data'],
    ['prune', '--max-unused', '0'],
    ['repair', 'index', '--read-all-packs'],
    ['repair', 'files'],
    ['forget', '--keep-last', '1'],
  ])('%s %s', async (...args) => {
    let run: CairnRun;
    let before: number;
    let attempts = 0;
    do {
      before = world.json(['snapshots']).length;
      rmSync(join(world.root, 'target'), { recursive: true, force: true });
      run = await interruptLocked(args);
      // On a busy machine it may be done before the signal arrives.
    } while (run.status === 0 && ++attempts < 5);
    expect([run.status, run.stderr]).toEqual([
      130,
      expect.stringMatching(/^stopping; .*\ncairn: The operation was cancelled\.\n$/),
    ]);
    expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
    expect(world.json(['snapshots'])).toHaveLength(before);
    expect(existsSync(join(world.root, 'target'))).toBe(false);
  });

  test('mirror, and the next one completes it', async () => {
    const args = ['mirror', source, 'copy', '--apply'];
    const child = world.start(args);
    const watch = setInterval(() => {
      if (!existsSync(join(world.root, 'copy/file-0'))) return;
      clearInterval(watch);
      child.kill('SIGINT');
    }, 2);
    const { status, stderr } = await ended(child);
    clearInterval(watch);
    // Where files are copied by reference it may be done before the signal arrives.
    if (status !== 0) expect([status, stderr]).toEqual([130, expect.stringMatching(/cancelled\.\n$/)]);
    expect(world.run(args).status).toBe(0);
    expect(world.run(['verify', 'copy'])).toMatchObject({ status: 0, stderr: '' });
  });
});
