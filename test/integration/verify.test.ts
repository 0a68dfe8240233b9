/** Verifying repositories that our own backup made, whole and damaged. */
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verify, type VerifyOptions, type VerifyResult } from '../../src/engine/verify/verify.ts';
import { verifyAgainstDisk, type DiskDifference } from '../../src/engine/verify/verifyAgainstDisk.ts';
import { addKey } from '../../src/repository/keys.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { openLocalRepository, repositoryFile, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { pathBelow } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { addSnapshot, createStage, editFile, flipBit, packFile, placeOf, type Stage } from '../helpers/stage.ts';

async function check(stage: Stage, options: VerifyOptions = { readData: true }): Promise<VerifyResult> {
  return verify(await openLocalRepository(stage.folder), testCodecs(), { noLock: true, ...options });
}

const errorKinds = ({ findings }: VerifyResult) =>
  findings.filter((finding) => finding.severity === 'error').map((finding) => finding.kind);
const paths = ({ affected }: VerifyResult) => affected.map(({ path, loss }) => `${loss} ${path}`);

const first = { 'a/x.txt': 'one', 'a/y.bin': randomBytes('y', 900_000), 'b.txt': 'b', empty: '', 'c/d/e.txt': 'e' };
const second = { ...first, 'a/x.txt': 'two', 'new.txt': 'new' };

test('finds nothing wrong with a repository that is whole', async () => {
  const stage = await createStage(first, second);
  for (const readData of [false, true, { percent: 50 }, { part: 1, of: 3 }]) {
    expect(await check(stage, { readData })).toMatchObject({ findings: [], affected: [], advice: [] });
  }
  const { counts } = await check(stage);
  const packs = readdirSync(join(stage.folder, 'data'), { recursive: true, withFileTypes: true }).filter((f) =>
    f.isFile(),
  );
  const bytes = packs.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
  expect(counts).toEqual({
    snapshots: 2,
    trees: 6,
    packs: packs.length,
    packsRead: packs.length,
    bytesRead: bytes,
    errors: 0,
  });
});

test('the parts of a subset are all packs, each once', async () => {
  const stage = await createStage(...Array.from({ length: 6 }, (_, at) => ({ [`f${at}`]: `${at}` })));
  const read = async (part: number) => (await check(stage, { readData: { part, of: 4 } })).counts.packsRead;
  const parts = [await read(1), await read(2), await read(3), await read(4)];
  expect(parts.reduce((sum, count) => sum + count, 0)).toBe(12);
  expect((await check(stage, { readData: { percent: 25 } })).counts.packsRead).toBe(3);
  expect((await check(stage, { readData: { percent: 0.1 } })).counts.packsRead).toBe(1);
});

describe('a damaged blob', () => {
  test('of a file names the file in each snapshot that has it, and where it is intact', async () => {
    const stage = await createStage(first, second, second);
    const place = await placeOf(stage, stage.ids[0]!, 'a/x.txt');
    flipBit(packFile(stage, place), place.offset + 20);
    const result = await check(stage);
    expect(errorKinds(result)).toEqual(['pack-damaged']);
    expect(result.affected).toMatchObject([
      { path: '/a/x.txt', type: 'file', loss: 'CORRUPT', snapshots: [stage.ids[0]], intactIn: stage.ids[2] },
    ]);
    expect(result.findings[0]!.files).toEqual([{ type: 'pack', name: place.packId }]);
    // Without reading the data nobody knows.
    expect(await check(stage, {})).toMatchObject({ findings: [], affected: [] });
  });

  test('of a file that several snapshots and paths share', async () => {
    const stage = await createStage({ ...first, 'copy of b': 'b' }, second);
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    flipBit(packFile(stage, place), place.offset + 20);
    const { affected } = await check(stage);
    expect(affected).toMatchObject([
      { path: '/b.txt', loss: 'CORRUPT', snapshots: [stage.ids[1], stage.ids[0]] },
      { path: '/copy of b', loss: 'CORRUPT', snapshots: [stage.ids[0]] },
    ]);
    expect(affected.every((path) => path.intactIn === undefined)).toBe(true);
  });

  test('of a folder names the folder', async () => {
    const stage = await createStage(first, second);
    const place = await placeOf(stage, stage.ids[0]!, 'c/d');
    flipBit(packFile(stage, place), place.offset + 40);
    for (const options of [{ readData: true }, {}]) {
      const result = await check(stage, options);
      expect(paths(result)).toEqual(['CORRUPT /c/d']);
      expect(result.affected[0]!.snapshots).toEqual([stage.ids[1], stage.ids[0]]);
    }
  });

  test('of a root names everything', async () => {
    const stage = await createStage(first, second);
    const place = await placeOf(stage, stage.ids[0]!, '');
    flipBit(packFile(stage, place), place.offset + 40);
    expect((await check(stage)).affected).toMatchObject([
      { path: '/', type: 'folder', loss: 'CORRUPT', snapshots: [stage.ids[0]], intactIn: stage.ids[1] },
    ]);
  });

  test('costs nothing if an intact copy lies elsewhere, or nobody needs it', async () => {
    const stage = await createStage(first, second);
    const place = await placeOf(stage, stage.ids[0]!, 'a/x.txt');
    flipBit(packFile(stage, place), place.offset + 20);
    rmSync(repositoryFile(stage.folder, 'snapshots', stage.ids[0]!));
    const result = await check(stage);
    expect(errorKinds(result)).toEqual(['pack-damaged']);
    expect(result.affected).toEqual([]);
  });
});

describe('a pack', () => {
  test('with a damaged header has all its blobs still', async () => {
    const stage = await createStage(first);
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    flipBit(packFile(stage, place), -10);
    const result = await check(stage);
    expect(errorKinds(result)).toEqual(['pack-damaged']);
    expect(result.findings[0]!.message).toContain('header');
    expect(result.affected).toEqual([]);
  });

  test('with a wrong length of its header', async () => {
    const stage = await createStage(first);
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    flipBit(packFile(stage, place), -2);
    expect(errorKinds(await check(stage))).toEqual(['pack-damaged']);
  });

  test('that was cut off lacks what lay at its end, without reading all data', async () => {
    const stage = await createStage({ 'a.txt': 'a', 'z.bin': randomBytes('z', 400_000) });
    const large = await placeOf(stage, stage.ids[0]!, 'z.bin');
    const small = await placeOf(stage, stage.ids[0]!, 'a.txt');
    expect(small.packId).toBe(large.packId);
    editFile(packFile(stage, large), (content) => content.subarray(0, content.length - 1000));
    const result = await check(stage, {});
    expect(errorKinds(result)).toEqual(['pack-size', 'pack-damaged']);
    expect(paths(result)).toEqual(['CORRUPT /z.bin']);
  });

  test('that is longer than it should be has all its blobs still', async () => {
    const stage = await createStage(first);
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    editFile(packFile(stage, place), (content) => Buffer.concat([content, Buffer.alloc(100)]));
    const result = await check(stage, {});
    expect(errorKinds(result)).toEqual(['pack-size', 'pack-damaged']);
    expect(result.affected).toEqual([]);
  });

  test('that is missing takes its files with it', async () => {
    const stage = await createStage(first, second);
    const place = await placeOf(stage, stage.ids[1]!, 'new.txt');
    rmSync(packFile(stage, place));
    const result = await check(stage, {});
    expect(errorKinds(result)).toEqual(['pack-missing']);
    expect(paths(result)).toEqual(['MISSING /a/x.txt', 'MISSING /new.txt']);
    expect(result.affected[0]).toMatchObject({ snapshots: [stage.ids[1]], intactIn: stage.ids[0] });
  });

  test('that no index lists is a hint', async () => {
    const stage = await createStage(first);
    const name = 'ab'.repeat(32);
    writeFileSync(join(stage.folder, 'data/ab', name), 'something');
    const result = await check(stage);
    expect(result.findings).toMatchObject([{ severity: 'hint', kind: 'pack-unindexed' }]);
    expect([result.counts.errors, result.affected]).toEqual([0, []]);
  });
});

test('a damaged index file: what only it lists counts as missing, and its packs are seen', async () => {
  const stage = await createStage(first);
  const before = readdirSync(join(stage.folder, 'index'));
  writeTree(stage.source, { 'later/new.txt': 'new' });
  const snapshotId = await addSnapshot(stage);
  const [name] = readdirSync(join(stage.folder, 'index')).filter((file) => !before.includes(file));
  flipBit(repositoryFile(stage.folder, 'index', name!), 30);
  const result = await check(stage);
  expect(errorKinds(result).sort()).toEqual(['blob-missing', 'index-damaged']);
  expect(result.findings.find(({ kind }) => kind === 'index-damaged')!.files).toEqual([{ type: 'index', name }]);
  expect(result.findings.map(({ kind }) => kind)).toContain('pack-unindexed');
  // The root of the second snapshot is listed there only.
  expect(result.affected).toMatchObject([{ path: '/', loss: 'MISSING', snapshots: [snapshotId] }]);
  expect(result.advice[0]).toContain('repair index');
});

test('a damaged snapshot is named, and the others are checked', async () => {
  const stage = await createStage(first, second);
  flipBit(repositoryFile(stage.folder, 'snapshots', stage.ids[0]!), 25);
  const result = await check(stage);
  expect(errorKinds(result)).toEqual(['snapshot-damaged']);
  expect(result.findings[0]!.files).toEqual([{ type: 'snapshot', name: stage.ids[0] }]);
  expect(result.counts.snapshots).toBe(1);
});

test('a damaged key is named while another one opens the repository', async () => {
  const stage = await createStage(first);
  const key = await addKey(stage.repository, {
    password: 'another',
    cost: { N: 2, r: 8, p: 1 },
    owner: { hostname: 'test-host', username: 'tester' },
    created: '2024-05-06T07:08:09Z',
  });
  flipBit(repositoryFile(stage.folder, 'keys', key), 60);
  const result = await check(stage);
  expect(errorKinds(result)).toEqual(['key-damaged']);
  expect(result.findings[0]!.files).toEqual([{ type: 'key', name: key }]);
});

test.each(['config', 'keys'])('damage of the %s shows when the repository is opened', async (what) => {
  const stage = await createStage(first);
  const file = what === 'config' ? 'config' : join('keys', readdirSync(join(stage.folder, 'keys'))[0]!);
  flipBit(join(stage.folder, file), 40);
  const message = new RegExp(what === 'config' ? 'config' : 'key file');
  await expect(check(stage)).rejects.toMatchObject({ code: 'repository-damaged', message });
});

describe('at work', () => {
  test('changes nothing, and takes a lock that lets backups go on', async () => {
    const stage = await createStage(first, second);
    const list = () => readdirSync(stage.folder, { recursive: true }).sort();
    const before = list();
    let locks: string[] = [];
    const onProgress = () => (locks = readdirSync(join(stage.folder, 'locks')));
    await check(stage, { noLock: false, onProgress });
    expect(locks).toHaveLength(1);
    expect(list()).toEqual(before);
  });

  test('can be cancelled', async () => {
    const stage = await createStage(first);
    await expect(check(stage, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(check(stage, { readData: true, signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

test('a snapshot against the disk, by content', async () => {
  const stage = await createStage(first);
  const target = join(stage.source, 'a/x.txt');
  const { atime, mtime } = statSync(target);
  writeFileSync(target, 'eno');
  utimesSync(target, atime, mtime);
  rmSync(join(stage.source, 'b.txt'));
  writeFileSync(join(stage.source, 'extra'), '');
  const session = await unlockedSession(stage.repository);
  const [stored] = await listSnapshots(stage.repository);
  const differences: DiskDifference[] = [];
  const result = await verifyAgainstDisk(session, stored!, { rules: {}, onDifference: (one) => differences.push(one) });
  expect(differences.map(({ path, kind }) => `${kind} ${pathBelow(stage.source, path)}`).sort()).toEqual([
    'DIFFERENT a/x.txt',
    'EXTRA extra',
    'MISSING b.txt',
  ]);
  expect(result).toMatchObject({ equal: 3, missing: 1, different: 1, extra: 1, problems: [] });
});
