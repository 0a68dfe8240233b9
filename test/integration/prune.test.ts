/** Planning and executing prune on repositories that our own backup made. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backup } from '../../src/engine/backup/backup.ts';
import type { CodecPool, OpenCodecs } from '../../src/engine/codec/codecPool.ts';
import type { PackToRepack } from '../../src/engine/codec/repackBlobs.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune, type PruneResult } from '../../src/engine/prune/executePrune.ts';
import { planPrune, type PruneOptions } from '../../src/engine/prune/planPrune.ts';
import { isEmptyPlan, type PrunePlan } from '../../src/engine/prune/prunePlan.ts';
import type { SnapshotId } from '../../src/repository/format/ids.ts';
import { BlobIndex } from '../../src/repository/index/blobIndex.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { agePacks } from '../helpers/agePacks.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { writeTree, type TreeEntry } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { inTree, withSlashes } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

interface Stage {
  readonly folder: string;
  readonly source: string;
  readonly repository: Repository;
}

async function createStage(version: 1 | 2 = 2): Promise<Stage> {
  const root = tempFolder();
  const folder = join(root, 'repository');
  return { folder, source: join(root, 'source'), repository: await createLocalRepository(folder, version) };
}

/** Changes the source and makes a snapshot. */
async function snapshot(stage: Stage, tree: Record<string, TreeEntry>, threads = 2): Promise<SnapshotId> {
  rmSync(stage.source, { recursive: true, force: true });
  writeTree(stage.source, tree);
  return (await backUp(stage.repository, [stage.source], {}, testCodecs(threads))).snapshotId!;
}

async function forget({ repository }: Stage, ids: readonly SnapshotId[]): Promise<void> {
  await executeForget(repository, await planForgetByName(repository, ids));
}

async function prune(stage: Stage, options: PruneOptions = {}): Promise<{ plan: PrunePlan; result: PruneResult }> {
  const session = await unlockedSession(stage.repository);
  const plan = await planPrune(session, { graceMs: 0, maxUnused: 0, ...options });
  return { plan, result: await executePrune(session, testCodecs(), plan, options) };
}

/** Files of the repository, with `/`, and their sizes, but for locks. */
function filesOf({ folder }: Stage): Map<string, number> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.parentPath.endsWith('locks'))
    .map((file) => withSlashes(join(file.parentPath, file.name)));
  return new Map(files.map((file) => [file, statSync(file).size]));
}

function restored(stage: Stage, id: SnapshotId): string[] {
  const target = tempFolder();
  restic(stage.folder, ['restore', id, '--target', target]);
  return describeTree(join(target, inTree(stage.source)), { folderTimes: false });
}

const bytes = (seed: string, length: number) => randomBytes(seed, length);

describe.each([1, 2] as const)('a repository of version %i', (version) => {
  test('gives back what only forgotten snapshots had, keeps the rest, and then finds nothing to do', async () => {
    const stage = await createStage(version);
    const shared = { 'shared.bin': bytes('shared', 3_000_000), 'sub/a.txt': 'a', 'sub/b.txt': 'b' };
    const first = await snapshot(stage, { ...shared, 'old.bin': bytes('old', 5_000_000), 'old.txt': 'o' });
    const second = await snapshot(stage, { ...shared, 'new.bin': bytes('new', 1_000_000), 'sub/c.txt': 'c' });
    const expected = describeTree(stage.source, { folderTimes: false });

    await forget(stage, [first]);
    const before = filesOf(stage);
    const { plan, result } = await prune(stage);
    expect(plan.stats.unused.bytes).toBeGreaterThan(5_000_000);
    expect(plan.stats.remainingUnusedBytes).toBe(0);
    const after = filesOf(stage);
    const sum = (files: Map<string, number>) => [...files.values()].reduce((total, size) => total + size, 0);
    expect(sum(before) - sum(after)).toBeGreaterThan(5_000_000);
    const newPacks = [...after].filter(([path]) => path.includes('/data/') && !before.has(path));
    expect(newPacks.reduce((total, [, size]) => total + size, 0)).toBe(result.bytesWritten);

    restic(stage.folder, ['check', '--read-data']);
    expect(restored(stage, second)).toEqual(expected);
    const again = await prune(stage);
    expect(isEmptyPlan(again.plan)).toBe(true);
    expect(again.plan.stats).toMatchObject({ unused: { blobs: 0 }, freedBytes: 0, unreferencedBytes: 0 });
    expect(filesOf(stage)).toEqual(after);
  });
});

test('without a grace nothing is too new, though the clock of the storage is ahead', async () => {
  const stage = await createStage();
  const first = await snapshot(stage, { 'a.bin': bytes('a', 400_000) });
  await snapshot(stage, { 'b.bin': bytes('b', 1_000) });
  await forget(stage, [first]);
  agePacks(stage.folder, -1);
  const { stats } = await planPrune(await unlockedSession(stage.repository), { graceMs: 0, maxUnused: 0 });
  expect(stats.freedBytes).toBeGreaterThan(390_000);
  expect(stats.waiting.packs).toBe(0);
});

test('planning changes nothing, and a plan says what will be freed', async () => {
  const stage = await createStage();
  const first = await snapshot(stage, { 'a.bin': bytes('a', 4_000_000), 'b.bin': bytes('b', 1_000_000) });
  await snapshot(stage, { 'b.bin': bytes('b', 1_000_000) });
  await forget(stage, [first]);
  const before = filesOf(stage);
  const plan = await planPrune(await unlockedSession(stage.repository), { graceMs: 0 });
  expect(filesOf(stage)).toEqual(before);
  const { stats } = plan;
  expect(stats.used.blobs + stats.unused.blobs + stats.duplicate.blobs).toBe(
    [...(await unlockedSession(stage.repository)).index.entries()].length,
  );
  const packBytes = [...before].filter(([path]) => path.includes('/data/')).reduce((sum, [, size]) => sum + size, 0);
  expect(stats.used.bytes + stats.unused.bytes + stats.duplicate.bytes).toBe(packBytes);
  expect(stats.remaining.bytes + stats.freedBytes).toBe(packBytes);
  expect(structuredClone(plan)).toEqual(plan);
});

test('unused content may stay up to the limit', async () => {
  const stage = await createStage();
  // In one pack of the usual size, since one thread stores them one after the other.
  const keep = { 'b keep': bytes('keep', 17_000_000) };
  const first = await snapshot(stage, { 'a little': bytes('little', 700_000), ...keep }, 1);
  await snapshot(stage, keep);
  await forget(stage, [first]);
  const session = await unlockedSession(stage.repository);
  const ofData = async (options: PruneOptions) =>
    (await planPrune(session, { graceMs: 0, ...options })).repack.filter((p) => p.size > 1e6);
  expect(await ofData({ maxUnused: 'unlimited' })).toHaveLength(0);
  expect(await ofData({ maxUnused: 2_000_000 })).toHaveLength(0);
  expect(await ofData({ maxUnused: '50%' })).toHaveLength(0);
  expect(await ofData({ maxUnused: 0 })).not.toHaveLength(0);
  expect(await ofData({ maxUnused: '0%' })).not.toHaveLength(0);
  expect(await ofData({ maxUnused: 0, maxRepackSize: 1_000_000 })).toHaveLength(0);
});

test('merges small packs and index files once there are ten', async () => {
  const stage = await createStage();
  for (let at = 0; at < 12; at++) await snapshot(stage, { [`f${at}`]: bytes(`f${at}`, 20_000) });
  const before = filesOf(stage);
  const count = (files: Map<string, number>, part: string) => [...files.keys()].filter((p) => p.includes(part)).length;
  expect([count(before, '/data/'), count(before, '/index/')]).toEqual([24, 12]);
  const { plan } = await prune(stage);
  expect(plan.stats.freedBytes).toBe(0);
  const after = filesOf(stage);
  expect([count(after, '/data/'), count(after, '/index/')]).toEqual([2, 1]);
  restic(stage.folder, ['check', '--read-data']);
});

test('folders and contents are rewritten at the same time, each by one thread so that few packs are made', async () => {
  const stage = await createStage();
  for (let at = 0; at < 12; at++) await snapshot(stage, { [`f${at}`]: bytes(`f${at}`, 20_000) });
  const session = await unlockedSession(stage.repository);
  const types = new Map(Array.from(session.index.packs(), ({ id, blobs }) => [id, blobs[0]!.type]));
  const jobs: string[][] = [];
  const openCodecs: OpenCodecs = (setup, onPack) => {
    const pool = testCodecs()(setup, onPack);
    const runJob = pool.run.bind(pool);
    const run: CodecPool['run'] = (job, params) => {
      if (job === 'repackBlobs') jobs.push((params as readonly PackToRepack[]).map(({ id }) => types.get(id)!));
      return runJob(job, params);
    };
    return Object.assign(pool, { run });
  };
  await executePrune(session, openCodecs, await planPrune(session, { graceMs: 0 }));
  expect(jobs).toEqual([new Array<string>(12).fill('data'), new Array<string>(12).fill('tree')]);
  restic(stage.folder, ['check', '--read-data']);
});

test('many index files are merged even when no pack is concerned', async () => {
  const stage = await createStage();
  for (let at = 0; at < 11; at++) await snapshot(stage, { [`f${at}`]: bytes(`f${at}`, 700_000) });
  const { plan, result } = await prune(stage, { maxRepackSize: 0 });
  expect(plan.repack).toEqual([]);
  expect(result).toMatchObject({ indexFilesWritten: 1, indexFilesRemoved: 11, packsRemoved: 0 });
  restic(stage.folder, ['check', '--read-data']);
});

describe('packs that do not match the index', () => {
  test('one that no index lists goes, whatever it is', async () => {
    const stage = await createStage();
    await snapshot(stage, { a: 'a' });
    const name = 'ab'.repeat(32);
    writeFileSync(join(stage.folder, 'data/ab', name), 'left by an interrupted backup');
    const { plan } = await prune(stage);
    expect(plan.unreferenced).toEqual([{ id: name, size: 29 }]);
    expect([...filesOf(stage).keys()].filter((path) => path.includes(name))).toEqual([]);
  });

  test('a needed one that is missing or too short stops everything', async () => {
    for (const damage of [(path: string) => rmSync(path), (path: string) => writeFileSync(path, 'short')]) {
      const stage = await createStage();
      const first = await snapshot(stage, { a: bytes('a', 100_000), b: 'b' });
      await snapshot(stage, { a: bytes('a', 100_000) });
      await forget(stage, [first]);
      const pack = [...filesOf(stage)].find(([path, size]) => path.includes('/data/') && size > 90_000)![0];
      rmSync(pack, { force: true });
      writeFileSync(pack, '');
      damage(pack);
      const before = filesOf(stage);
      await expect(prune(stage)).rejects.toMatchObject({ code: 'repository-damaged' });
      expect(filesOf(stage)).toEqual(before);
    }
  });

  test('one that is missing and not needed is taken from the index', async () => {
    const stage = await createStage();
    const first = await snapshot(stage, { a: bytes('a', 100_000) });
    const old = [...filesOf(stage).keys()].filter((path) => path.includes('/data/'));
    await snapshot(stage, { b: 'b' });
    await forget(stage, [first]);
    for (const path of old) rmSync(path);
    const { plan } = await prune(stage);
    expect(plan.gone).toHaveLength(2);
    restic(stage.folder, ['check', '--read-data']);
  });
});

describe('stops before anything is removed', () => {
  test('when the index does not know what a snapshot needs', async () => {
    const stage = await createStage();
    const indexFiles = () => [...filesOf(stage).keys()].filter((path) => path.includes('/index/'));
    await snapshot(stage, { a: 'a' });
    const [firstIndex] = indexFiles();
    await snapshot(stage, { a: 'a', b: 'b' });
    rmSync(firstIndex!);
    const before = filesOf(stage);
    await expect(prune(stage)).rejects.toMatchObject({ code: 'repository-damaged', message: /repair index/ });
    expect(filesOf(stage)).toEqual(before);
  });

  test('when a snapshot cannot be read', async () => {
    const stage = await createStage();
    const first = await snapshot(stage, { a: 'a' });
    await snapshot(stage, { b: 'b' });
    rmSync(join(stage.folder, 'snapshots', first), { force: true });
    writeFileSync(join(stage.folder, 'snapshots', first), 'damaged');
    const before = filesOf(stage);
    await expect(prune(stage)).rejects.toMatchObject({ code: 'repository-damaged' });
    expect(filesOf(stage)).toEqual(before);
  });

  test('when what is needed cannot be read from a pack that would be rewritten', async () => {
    const stage = await createStage();
    const keep = { keep: bytes('keep', 100_000) };
    const first = await snapshot(stage, { ...keep, go: bytes('go', 900_000) });
    await snapshot(stage, keep);
    await forget(stage, [first]);
    const session = await unlockedSession(stage.repository);
    const plan = await planPrune(session, { graceMs: 0 });
    for (const { id } of plan.repack) flipEveryThousandth(join(stage.folder, 'data', id.slice(0, 2), id));
    const before = filesOf(stage);
    await expect(executePrune(session, testCodecs(), plan)).rejects.toMatchObject({ code: 'repository-damaged' });
    for (const [path, size] of before) expect([path, filesOf(stage).get(path)]).toEqual([path, size]);
  });

  test('when there is no snapshot at all, unless that is wanted', async () => {
    const stage = await createStage();
    const only = await snapshot(stage, { a: 'a' });
    await forget(stage, [only]);
    await expect(prune(stage)).rejects.toMatchObject({ code: 'refused' });
    await prune(stage, { ignoredSnapshots: [only] });
    expect([...filesOf(stage).keys()].map((path) => path.split('/').at(-2)!)).not.toContain('index');
    restic(stage.folder, ['check', '--read-data']);
  });

  test('when the repository changed since the plan was made', async () => {
    const stage = await createStage();
    await snapshot(stage, { a: 'a' });
    const session = await unlockedSession(stage.repository);
    const plan = await planPrune(session, { graceMs: 0 });
    await snapshot(stage, { a: 'a', b: 'b' });
    await expect(executePrune(session, testCodecs(), plan)).rejects.toMatchObject({ code: 'refused' });
  });

  test('when it is cancelled or the lock is lost', async () => {
    const stage = await createStage();
    const first = await snapshot(stage, { a: bytes('a', 900_000), b: bytes('b', 1000) });
    const second = await snapshot(stage, { b: bytes('b', 1000) });
    await forget(stage, [first]);
    const session = await unlockedSession(stage.repository);
    const plan = await planPrune(session, { graceMs: 0 });
    const before = filesOf(stage);
    const signal = AbortSignal.abort();
    await expect(executePrune(session, testCodecs(), plan, { signal })).rejects.toMatchObject({ code: 'aborted' });
    const lost = { ...session, checkLock: () => Promise.reject(new Error('lock lost')) };
    await expect(executePrune(lost, testCodecs(), plan)).rejects.toThrow('lock lost');
    expect(filesOf(stage)).toEqual(before);
    expect((await listSnapshots(stage.repository)).map(({ id }) => id)).toEqual([second]);
  });
});

test('one copy of what lies in several packs stays', async () => {
  const stage = await createStage();
  const id = await snapshot(stage, { a: bytes('a', 300_000), b: bytes('b', 300_000) });
  const expected = describeTree(stage.source, { folderTimes: false });
  // Two backups that ran at the same time know nothing of each other.
  await storeTwice(stage);
  const before = (await planPrune(await unlockedSession(stage.repository), { graceMs: 0 })).stats;
  // All but the lists of folders above the source, which other programs change meanwhile.
  expect(before.duplicate.blobs).toBeGreaterThanOrEqual(before.used.blobs - 2 * inTree(stage.source).split('/').length);
  expect(before.duplicate.blobs).toBeGreaterThan(0);
  const { plan } = await prune(stage);
  expect(plan.stats.unused.blobs).toBe(0);
  expect((await planPrune(await unlockedSession(stage.repository), { graceMs: 0 })).stats.duplicate.blobs).toBe(0);
  restic(stage.folder, ['check', '--read-data']);
  expect(restored(stage, id)).toEqual(expected);
});

/** Stores everything once more, with an index that does not know what is there. */
async function storeTwice(stage: Stage): Promise<void> {
  const session = await unlockedSession(stage.repository);
  await backup({ ...session, index: new BlobIndex() }, testCodecs(), {
    targets: [stage.source],
    workingFolder: '/',
    rules: {},
    hostname: 'test-host',
    programVersion: 'cairn test',
    parent: 'none',
  });
}

function flipEveryThousandth(path: string): void {
  const content = readFileSync(path);
  for (let at = 500; at < content.length; at += 1000) content[at]! ^= 1;
  rmSync(path, { force: true });
  writeFileSync(path, content);
}
