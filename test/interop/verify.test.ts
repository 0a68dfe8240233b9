/** Bytes flipped anywhere in a repository: what verify says against what the real restic still gets out of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { repairFiles } from '../../src/engine/repair/repairFiles.ts';
import { repairIndex } from '../../src/engine/repair/repairIndex.ts';
import { verify, type VerifyResult } from '../../src/engine/verify/verify.ts';
import type { SnapshotId } from '../../src/repository/format/ids.ts';
import type { BlobLocation } from '../../src/repository/index/blobIndex.ts';
import { addKey } from '../../src/repository/keys.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, openLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { createStage, flipBit, placeOf, type Stage } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const FLIPS = 24;

const files: Record<string, string | Buffer> = {
  'a/one.txt': 'one',
  'a/two.txt': 'two',
  'a/b/large.bin': randomBytes('large', 2_500_000),
  'a/b/c/deep.txt': 'deep',
  'same.txt': 'one',
  'd/small.bin': randomBytes('small', 40_000),
};

let stage: Stage;
let latest: SnapshotId;
beforeAll(async () => {
  stage = await createStage();
  // Snapshots of this machine, whose disk is looked at for what is lost.
  const options = { workingFolder: stage.source, hostname: hostname() };
  writeTree(stage.source, files);
  await backUp(stage.repository, ['.'], options);
  files['a/two.txt'] = 'changed';
  writeTree(stage.source, { 'a/two.txt': 'changed' });
  latest = (await backUp(stage.repository, ['.'], options)).snapshotId!;
});

/** Only the names are copied: what is changed is replaced. */
function linkedCopy(): string {
  const copy = join(tempFolder(), 'copy');
  execFileSync('cp', ['-al', stage.folder, copy]);
  return copy;
}

function verifyAll(folder: string): Promise<VerifyResult> {
  return openLocalRepository(folder).then((repository) =>
    verify(repository, testCodecs(), { readData: true, noLock: true }),
  );
}

function isCleanForRestic(folder: string): boolean {
  try {
    restic(folder, ['check', '--read-data']);
    return true;
  } catch {
    return false;
  }
}

/** Files of the last snapshot that restic does not restore as they were. */
function lostForRestic(folder: string): string[] {
  const target = join(tempFolder(), 'restored');
  restic(folder, ['restore', latest, '--target', target], { allow: [0, 1] });
  const isWhole = (path: string) =>
    existsSync(join(target, path)) && readFileSync(join(target, path)).equals(Buffer.from(files[path]!));
  const lost = Object.keys(files).filter((path) => !isWhole(path));
  rmSync(target, { recursive: true, force: true });
  return lost.sort();
}

/** The same by what verify says: the path itself is affected, or a folder above it. */
function lostForVerify({ affected }: VerifyResult): string[] {
  const here = affected.filter(({ snapshots }) => snapshots.some((id) => id === latest));
  return Object.keys(files)
    .filter((path) =>
      here.some((one) => `/${path}` === one.path || `/${path}`.startsWith(one.path.replace(/\/?$/, '/'))),
    )
    .sort();
}

const random = seededRandom(5);
const packs = () =>
  readdirSync(join(stage.folder, 'data'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.length > 64)
    .map((path) => join('data', path));

test.each(Array.from({ length: FLIPS }, (_, at) => at))('flip %i, anywhere in a pack', async () => {
  const copy = linkedCopy();
  const pack = random.pick(packs());
  const { size } = statSync(join(copy, pack));
  // Half of them near the end, where small blobs and the header are.
  const at = random.next() < 0.5 ? random.below(size) : size - 1 - random.below(Math.min(size, 2000));
  flipBit(join(copy, pack), at);
  const result = await verifyAll(copy);
  expect([pack, at, result.counts.errors > 0, isCleanForRestic(copy)]).toEqual([pack, at, true, false]);
  expect([pack, at, lostForVerify(result)]).toEqual([pack, at, lostForRestic(copy)]);
  expect(result.findings[0]!.files).toEqual([{ type: 'pack', name: pack.slice(-64) }]);
});

describe('each kind of byte', () => {
  const firstOf = (type: string) => join(type, readdirSync(join(stage.folder, type))[0]!);
  const inPack = async (of: string, at: (place: BlobLocation) => number) => {
    const place = await placeOf(stage, latest, of);
    return { path: join('data', place.packId.slice(0, 2), place.packId), at: at(place) };
  };

  test.each([
    ['the header of a pack', () => inPack('d/small.bin', () => -20)],
    ['the length of a header', () => inPack('a/b/c', () => -3)],
    ['the nonce of a blob', () => inPack('a/b/large.bin', ({ offset }) => offset + 3)],
    ['a data blob', () => inPack('d/small.bin', ({ offset }) => offset + 20_000)],
    ['a tree blob', () => inPack('a/b/c', ({ offset }) => offset + 25)],
    ['the tag of a blob', () => inPack('d', ({ offset, length }) => offset + length - 1)],
  ])('%s is found, and healed from what the disk has', async (_name, choose) => {
    const copy = linkedCopy();
    const { path, at } = await choose();
    flipBit(join(copy, path), at);
    expect(isCleanForRestic(copy)).toBe(false);
    const repository = await openLocalRepository(copy);
    const freshBackup = { rules: {}, tags: [], programVersion: 'cairn test' };
    const { before, stillLost } = await repairFiles(repository, testCodecs(), { freshBackup });
    expect(before.counts.errors).toBeGreaterThan(0);
    expect(stillLost).toEqual([]);
    const session = await unlockedSession(repository);
    await executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0 }));
    expect(isCleanForRestic(copy)).toBe(true);
    expect(lostForRestic(copy)).toEqual([]);
  });

  test('an index file is found, and rebuilt', async () => {
    const copy = linkedCopy();
    flipBit(join(copy, firstOf('index')), 50);
    const result = await verifyAll(copy);
    expect(result.findings.map(({ kind }) => kind)).toContain('index-damaged');
    expect(lostForVerify(result).length).toBeGreaterThan(0);
    expect(isCleanForRestic(copy)).toBe(false);
    await repairIndex(await openLocalRepository(copy));
    expect((await verifyAll(copy)).findings).toEqual([]);
    expect(isCleanForRestic(copy)).toBe(true);
  });

  test('a snapshot is found and named', async () => {
    const copy = linkedCopy();
    flipBit(join(copy, firstOf('snapshots')), 50);
    const result = await verifyAll(copy);
    expect(result.findings.map(({ kind, files: of }) => [kind, of])).toEqual([
      ['snapshot-damaged', [{ type: 'snapshot', name: firstOf('snapshots').slice(-64) }]],
    ]);
  });

  test('a key is found and named, while another one opens the repository', async () => {
    const copy = linkedCopy();
    const key = await addKey(await openLocalRepository(copy), {
      password: 'another',
      cost: { N: 2, r: 8, p: 1 },
      owner: { hostname: 'test-host', username: 'tester' },
      created: '2024-05-06T07:08:09Z',
    });
    flipBit(join(copy, 'keys', key), 100);
    const result = await verifyAll(copy);
    expect(result.findings.map(({ kind, files: of }) => [kind, of])).toEqual([
      ['key-damaged', [{ type: 'key', name: key }]],
    ]);
  });

  test.each(['keys', 'config'])('%s: the only one is found and named when the repository is opened', async (kind) => {
    const copy = linkedCopy();
    const file = kind === 'config' ? 'config' : firstOf('keys');
    flipBit(join(copy, file), 60);
    const message = new RegExp(kind === 'config' ? 'config' : file.slice(5, 13));
    await expect(verifyAll(copy)).rejects.toMatchObject({ code: 'repository-damaged', message });
  });
});
