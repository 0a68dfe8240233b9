/** Rebuilding the index, and healing from what packs and the disk still have. */
import { copyFileSync, existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { repairFiles, type RepairFilesOptions } from '../../src/engine/repair/repairFiles.ts';
import { repairIndex } from '../../src/engine/repair/repairIndex.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, repositoryFile, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { addSnapshot, createStage, editFile, flipBit, packFile, placeOf, type Stage } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const tree = {
  'a/x.txt': 'one',
  'a/y.bin': randomBytes('y', 900_000),
  'b.txt': 'b',
  'c/d/e.txt': 'e',
  'c/d/f.bin': randomBytes('f', 300_000),
};

const names = (stage: Stage, type: string) => readdirSync(join(stage.folder, type));
const packsOf = (stage: Stage) =>
  readdirSync(join(stage.folder, 'data'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.slice(3))
    .filter((name) => name.length === 64);
const repair = (stage: Stage, options: RepairFilesOptions = {}) => repairFiles(stage.repository, testCodecs(), options);

async function expectWhole(stage: Stage): Promise<void> {
  expect((await verify(stage.repository, testCodecs(), { readData: true, noLock: true })).findings).toEqual([]);
  restic(stage.folder, ['check', '--read-data']);
}

async function prune({ repository }: Stage): Promise<void> {
  const session = await unlockedSession(repository);
  await executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0 }));
}

describe('the index', () => {
  test('of a repository that is whole is left alone', async () => {
    const stage = await createStage(tree);
    const before = names(stage, 'index');
    const packs = packsOf(stage).length;
    expect(await repairIndex(stage.repository)).toMatchObject({ isChanged: false, added: [], vanished: [], packs });
    expect(names(stage, 'index')).toEqual(before);
  });

  test.each(['is missing', 'is damaged'])('is rebuilt from the packs when a file of it %s', async (what) => {
    const stage = await createStage(tree, { ...tree, 'new.txt': 'new' });
    for (const name of names(stage, 'index')) {
      const path = repositoryFile(stage.folder, 'index', name);
      if (what === 'is missing') rmSync(path);
      else flipBit(path, 40);
    }
    const planned = await repairIndex(stage.repository, { dryRun: true });
    const result = await repairIndex(stage.repository);
    expect(result).toEqual(planned);
    expect([...result.added].sort()).toEqual(packsOf(stage).sort());
    expect(result.damagedFiles).toHaveLength(what === 'is missing' ? 0 : 2);
    await expectWhole(stage);
  });

  test('takes up packs that no file lists, and forgets those that are gone', async () => {
    const stage = await createStage(tree, { ...tree, 'new.txt': 'new' });
    const place = await placeOf(stage, stage.ids[1]!, 'new.txt');
    const [first] = names(stage, 'index');
    rmSync(repositoryFile(stage.folder, 'index', first!));
    const result = await repairIndex(stage.repository);
    expect(result.added.length).toBeGreaterThan(0);
    await expectWhole(stage);
    rmSync(packFile(stage, place));
    expect((await repairIndex(stage.repository)).vanished).toEqual([place.packId]);
    const { index } = await unlockedSession(stage.repository);
    expect(index.isStored('data', place.blob)).toBe(false);
  });

  test('can be rebuilt without believing it', async () => {
    const stage = await createStage(tree);
    expect(await repairIndex(stage.repository, { readAllPacks: true })).toMatchObject({ isChanged: false });
  });

  test('keeps packs whose headers cannot be read, and says so', async () => {
    const stage = await createStage(tree);
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    editFile(packFile(stage, place), (content) => content.subarray(0, content.length - 10));
    const { unreadable, isChanged } = await repairIndex(stage.repository);
    expect(unreadable).toMatchObject([{ id: place.packId, isListed: true }]);
    expect(isChanged).toBe(false);
    const { index } = await unlockedSession(stage.repository);
    expect(index.isStored('data', place.blob)).toBe(true);
  });

  test('does not take up a damaged pack, of which repairing files saves what is intact', async () => {
    const stage = await createStage(tree);
    const place = await placeOf(stage, stage.ids[0]!, 'c/d/f.bin');
    flipBit(packFile(stage, place), place.offset + 20);
    for (const name of names(stage, 'index')) flipBit(repositoryFile(stage.folder, 'index', name), 40);
    rmSync(stage.source, { recursive: true });
    const { unreadable, added } = await repairIndex(stage.repository);
    expect(unreadable).toMatchObject([{ id: place.packId, isListed: false }]);
    expect(added).not.toContain(place.packId);
    const { stillLost } = await repair(stage);
    expect(stillLost.map(({ path }) => path)).toEqual(['/c/d/f.bin']);
    // Doing it all again changes nothing.
    expect((await repairIndex(stage.repository)).added).toEqual([]);
    expect((await repair(stage)).stillLost).toEqual(stillLost);
  });

  test('is not emptied because the packs are somewhere else', async () => {
    const stage = await createStage(tree);
    rmSync(join(stage.folder, 'data'), { recursive: true });
    await expect(repairIndex(stage.repository)).rejects.toMatchObject({ code: 'refused' });
  });

  test('changes nothing when it is cancelled', async () => {
    const stage = await createStage(tree);
    const [name] = names(stage, 'index');
    flipBit(repositoryFile(stage.folder, 'index', name!), 40);
    await expect(repairIndex(stage.repository, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(names(stage, 'index')).toEqual([name]);
  });
});

describe('files', () => {
  test('of a repository that is whole are left alone', async () => {
    const stage = await createStage(tree);
    const before = readdirSync(stage.folder, { recursive: true }).sort();
    expect(await repair(stage)).toMatchObject({ salvagedBlobs: 0, rescuedBlobs: 0, stillLost: [] });
    expect(readdirSync(stage.folder, { recursive: true }).sort()).toEqual(before);
  });

  test('a damaged blob comes back from the disk; what shared its pack is copied; the old pack stays', async () => {
    const stage = await createStage(tree);
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    flipBit(packFile(stage, place), place.offset + 20);
    const { before, rescuedBlobs, droppedPacks, stillLost } = await repair(stage);
    expect(before.affected.map(({ path }) => path)).toEqual(['/b.txt']);
    expect([rescuedBlobs, droppedPacks, stillLost]).toEqual([1, [place.packId], []]);
    expect(existsSync(packFile(stage, place))).toBe(true);
    const { findings } = await verify(stage.repository, testCodecs(), { readData: true, noLock: true });
    expect(findings.map(({ kind }) => kind)).toEqual(['pack-unindexed']);
    await prune(stage);
    expect(existsSync(packFile(stage, place))).toBe(false);
    await expectWhole(stage);
    expect(restored(stage)).toEqual(describeTree(stage.source));
  });

  test('looking for them in what is huge can be interrupted', async () => {
    const stage = await createStage(tree);
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    flipBit(packFile(stage, place), place.offset + 20);
    truncateSync(join(stage.source, 'b.txt'), 2 ** 40);
    await expect(repair(stage, { signal: AbortSignal.timeout(2_000) })).rejects.toMatchObject({ code: 'aborted' });
  });

  test('a missing pack comes back from the disk', async () => {
    const stage = await createStage(tree);
    const place = await placeOf(stage, stage.ids[0]!, 'a/y.bin');
    rmSync(packFile(stage, place));
    const { stillLost, droppedPacks } = await repair(stage);
    expect([stillLost, droppedPacks]).toEqual([[], [place.packId]]);
    await expectWhole(stage);
  });

  test('a damaged header costs nothing', async () => {
    const stage = await createStage(tree);
    const place = await placeOf(stage, stage.ids[0]!, 'a/y.bin');
    flipBit(packFile(stage, place), -10);
    rmSync(stage.source, { recursive: true });
    const { salvagedBlobs, rescuedBlobs, stillLost } = await repair(stage);
    expect(salvagedBlobs).toBeGreaterThan(0);
    expect([rescuedBlobs, stillLost]).toEqual([0, []]);
    await prune(stage);
    await expectWhole(stage);
  });

  test('what is lost for good is listed, a backup stores it again, and prune waits until nobody needs it', async () => {
    const stage = await createStage(tree, { ...tree, 'b.txt': 'changed' });
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    flipBit(packFile(stage, place), place.offset + 20);
    const { stillLost } = await repair(stage);
    expect(stillLost).toMatchObject([
      { path: '/b.txt', loss: 'MISSING', snapshots: [stage.ids[0]], intactIn: stage.ids[1] },
    ]);
    await expect(prune(stage)).rejects.toMatchObject({ code: 'repository-damaged' });
    expect(existsSync(packFile(stage, place))).toBe(true);
    writeTree(stage.source, { 'b.txt': 'b' });
    await addSnapshot(stage);
    await prune(stage);
    await expectWhole(stage);
  });

  test('prune goes on once the snapshots that lack something are forgotten', async () => {
    const stage = await createStage(tree, { ...tree, 'b.txt': 'changed' });
    const place = await placeOf(stage, stage.ids[0]!, 'b.txt');
    flipBit(packFile(stage, place), place.offset + 20);
    await repair(stage);
    await executeForget(stage.repository, await planForgetByName(stage.repository, [stage.ids[0]!]));
    await prune(stage);
    await expectWhole(stage);
  });

  test('a copy somewhere else will do', async () => {
    const stage = await createStage(tree);
    const place = await placeOf(stage, stage.ids[0]!, 'c/d/f.bin');
    flipBit(packFile(stage, place), place.offset + 20);
    const elsewhere = tempFolder();
    writeTree(elsewhere, { 'deep/er': null });
    copyFileSync(join(stage.source, 'c/d/f.bin'), join(elsewhere, 'deep/er/other name'));
    rmSync(stage.source, { recursive: true });
    expect((await repair(stage, { paths: [elsewhere] })).stillLost).toEqual([]);
  });

  test.each([['absolute'], ['relative']])('paths that were backed up as %s ones are found', async (how) => {
    const stage = await createStage(tree);
    const workingFolder = join(stage.source, '..');
    const targets = how === 'absolute' ? [join(stage.source, 'c')] : ['source/c', 'source/b.txt'];
    await executeForget(stage.repository, await planForgetByName(stage.repository, stage.ids));
    await backUp(stage.repository, targets, { workingFolder });
    const { index } = await unlockedSession(stage.repository);
    const [place] = [...index.entries()].filter(
      ({ type, length }) => type === 'data' && length > 200_000 && length < 400_000,
    );
    flipBit(packFile(stage, place!), place!.offset + 20);
    expect((await repair(stage)).stillLost).toEqual([]);
  });

  test('a lost list of a folder comes back when the folder is as it was', async () => {
    const stage = await createStage(tree);
    const ids = [...stage.ids];
    for (const path of ['c/d', 'c', '']) {
      const place = await placeOf(stage, stage.ids[0]!, path);
      flipBit(packFile(stage, place), place.offset + 20);
    }
    const withoutBackup = await repair(stage);
    expect(withoutBackup.stillLost.map(({ path }) => path)).toEqual(['/']);
    const freshBackup = { rules: {}, tags: ['cairn', 'repair'], programVersion: 'cairn test' };
    // The host in these snapshots is not this one, so nothing is known of its disk.
    expect((await repair(stage, { freshBackup })).newSnapshots).toEqual([]);
    const here = await backUp(stage.repository, ['.'], { workingFolder: stage.source, hostname: hostname() });
    const { newSnapshots, stillLost } = await repair(stage, { freshBackup });
    expect([newSnapshots, stillLost]).toEqual([[], []]);
    expect(here.summary.treeBlobs).toBe(3);
    await prune(stage);
    await expectWhole(stage);
    expect(restored(stage, ids[0])).toEqual(describeTree(stage.source));
  });

  test('a backup is made for lost lists of folders of this machine', async () => {
    const stage = await createStage();
    writeTree(stage.source, tree);
    const options = { workingFolder: stage.source, hostname: hostname() };
    const { snapshotId } = await backUp(stage.repository, ['.'], options);
    const place = await placeOf(stage, snapshotId!, 'c/d');
    flipBit(packFile(stage, place), place.offset + 20);
    const freshBackup = { rules: {}, tags: ['cairn', 'repair'], programVersion: 'cairn test' };
    const { newSnapshots, stillLost } = await repair(stage, { freshBackup });
    expect(newSnapshots).toHaveLength(1);
    expect(stillLost).toEqual([]);
    expect(restored(stage, snapshotId)).toEqual(describeTree(stage.source));
  });

  test('an index that is damaged has to be repaired first', async () => {
    const stage = await createStage(tree);
    flipBit(repositoryFile(stage.folder, 'index', names(stage, 'index')[0]!), 40);
    await expect(repair(stage)).rejects.toMatchObject({ code: 'refused', message: /repair index/ });
  });

  test('what nobody knows stays', async () => {
    const stage = await createStage(tree);
    const unknown = join(stage.folder, 'data/ab', 'ab'.repeat(32));
    writeFileSync(unknown, 'unknown');
    writeFileSync(join(stage.folder, 'data/ab/notes.txt'), 'mine');
    await repairIndex(stage.repository);
    await repair(stage);
    expect(existsSync(unknown)).toBe(true);
    await prune(stage);
    expect(existsSync(join(stage.folder, 'data/ab/notes.txt'))).toBe(true);
  });
});

function restored(stage: Stage, id = stage.ids[0]): string[] {
  const target = tempFolder();
  restic(stage.folder, ['restore', id!, '--target', target]);
  return describeTree(target);
}
