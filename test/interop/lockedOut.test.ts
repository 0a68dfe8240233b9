/** Locks between processes: restic's respected by cairn, ours by restic, and what the dead leave told from what the living hold. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { cairn, cairnBackup, cairnOk, ended, startCairn, type CairnRun } from '../helpers/cairn.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { expectFailure } from '../helpers/failure.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const source = join(root, 'source');
const other = join(root, 'other');
let count = 0;
let repository: string;

beforeAll(() => {
  writeTree(source, { 'a.txt': 'a', 'large.bin': randomBytes('large', 40_000_000) });
  writeTree(other, { 'b.txt': 'b', 'large.bin': randomBytes('other', 40_000_000) });
});

beforeEach(async () => {
  repository = join(root, `repository-${++count}`);
  await createLocalRepository(repository);
});

const locks = () => readdirSync(join(repository, 'locks')).filter((name) => name.length === 64);

/** Waits until this many locks are there, and stops the process at that moment. */
async function stopWhenLocked(child: ChildProcess, number = 1): Promise<void> {
  while (locks().length < number) {
    expect(child.exitCode).toBeNull();
    await sleep(2);
  }
  child.kill('SIGSTOP');
}

function startRestic(...args: string[]): ChildProcess {
  const env = { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD };
  return spawn('restic', ['--no-cache', '-r', repository, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const backUp = (): CairnRun => cairn(['backup', '-q', '-r', repository, source]);

test('a living restic that wants the repository for itself', async () => {
  cairnBackup(repository, [source]);
  const checking = startRestic('check', '--read-data');
  const end = ended(checking);
  await stopWhenLocked(checking);
  expectFailure(backUp(), 11, /locked/);
  expect(cairn(['unlock', '-r', repository]).status).toBe(0);
  expect(locks()).toHaveLength(1);
  expectFailure(backUp(), 11, /locked/);
  expect(cairn(['snapshots', '-r', repository])).toMatchObject({ status: 0, stderr: '' });
  checking.kill('SIGCONT');
  expect(await end).toMatchObject({ status: 0 });
  expect(backUp()).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(locks()).toEqual([]);
});

test('a dead restic that had the repository for itself', async () => {
  cairnBackup(repository, [source]);
  const checking = startRestic('check', '--read-data');
  const end = ended(checking);
  await stopWhenLocked(checking);
  checking.kill('SIGKILL');
  await end;
  // It is not ours to remove without being asked.
  expectFailure(backUp(), 11, /locked.*unlock/);
  cairnOk(['unlock', '-r', repository]);
  expect(locks()).toEqual([]);
  expect(backUp()).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('a living cairn is respected by restic', async () => {
  const saving = startCairn(['backup', '-r', repository, source]);
  const end = ended(saving);
  await stopWhenLocked(saving);
  const refused = await ended(startRestic('check'));
  // 11 since restic 0.17.
  expect([1, 11]).toContain(refused.status);
  expect(refused.stderr).toMatch(/already locked/);
  expect(cairn(['unlock', '-r', repository]).status).toBe(0);
  expect(locks()).toHaveLength(1);
  saving.kill('SIGCONT');
  expect(await end).toMatchObject({ status: 0, stderr: '' });
  expect(locks()).toEqual([]);
  restic(repository, ['check', '--read-data']);
});

test('a dead cairn: its lock goes with the next one, or with unlock', async () => {
  for (const next of [['unlock'], ['backup', source]]) {
    const saving = startCairn(['backup', '-r', repository, source]);
    const end = ended(saving);
    await stopWhenLocked(saving);
    saving.kill('SIGKILL');
    await end;
    expect(locks()).toHaveLength(1);
    cairnOk([...next, '-r', repository]);
    expect(locks()).toEqual([]);
    restic(repository, ['check']);
  }
});

test('two cairns at once, of which one is killed', async () => {
  const killed = startCairn(['backup', '-r', repository, source]);
  const killedEnd = ended(killed);
  await stopWhenLocked(killed);
  const survivor = startCairn(['backup', '-r', repository, other]);
  const survivorEnd = ended(survivor);
  await stopWhenLocked(survivor, 2);
  killed.kill('SIGCONT');
  survivor.kill('SIGCONT');
  await sleep(300);
  killed.kill('SIGKILL');
  await killedEnd;
  expect(await survivorEnd).toMatchObject({ status: 0, stderr: '' });
  writeFileSync(join(source, 'later.txt'), 'later');
  cairnBackup(repository, [source]);
  expect(locks()).toEqual([]);
  restic(repository, ['check', '--read-data']);
  for (const folder of [source, other]) {
    const target = join(root, 'restored');
    restic(repository, ['restore', 'latest', '--path', folder, '--target', target]);
    expect(describeTree(join(target, folder))).toEqual(describeTree(folder));
    removeTree(target);
  }
});
