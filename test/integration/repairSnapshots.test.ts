/** Snapshots without what is lost for good: what becomes of them, as restic has it, and that prune goes on then. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { repairIndex } from '../../src/engine/repair/repairIndex.ts';
import { repairSnapshots, type RepairSnapshotsOptions } from '../../src/engine/repair/repairSnapshots.ts';
import { repairFiles } from '../../src/engine/repair/repairFiles.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import type { BlobId } from '../../src/repository/format/ids.ts';
import { listSnapshots, saveSnapshot } from '../../src/repository/snapshots.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { Craft } from '../helpers/craftRepository.ts';
import { repositoryFile, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { FaultyBackend, type Fault } from '../helpers/faultyBackend.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { restore } from '../helpers/restoring.ts';
import { addSnapshot, createStage, flipBit, packFile, placeOf, type Stage } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { randomBytes } from '../helpers/random.ts';

/** A folder twice in each of so many folders, one in the other. */
const LEVELS = 40;

/** What was repaired, one line each, beside what became of the snapshots. */
async function repair(repository: Repository, options: RepairSnapshotsOptions = {}) {
  const paths: string[] = [];
  const onRepair: RepairSnapshotsOptions['onRepair'] = ({ kind, path, size }) =>
    paths.push(`${kind} ${path}${size ? ` ${size.before} ${size.after}` : ''}`);
  return { snapshots: await repairSnapshots(repository, { ...options, onRepair }), paths };
}

async function prune(repository: Repository): Promise<void> {
  const session = await unlockedSession(repository);
  await executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0 }));
}

async function expectWhole(folder: string, repository: Repository): Promise<void> {
  expect((await verify(repository, testCodecs(), { readData: true, noLock: true })).findings).toEqual([]);
  restic(folder, ['check', '--read-data']);
}

describe('of a repository with every kind of loss', () => {
  let folder: string;
  let craft: Craft;

  beforeEach(async () => {
    folder = join(tempFolder(), 'repository');
    craft = await Craft.create(folder);
  });

  /** Loses the only place of a blob. */
  async function lose(...ids: BlobId[]): Promise<void> {
    const { index } = await unlockedSession(craft.repository);
    for (const id of ids) {
      const [place] = [...index.locations('data', id), ...index.locations('tree', id)];
      rmSync(repositoryFile(folder, 'data', place!.packId));
    }
  }

  async function save(tree: BlobId): Promise<void> {
    const time = '2024-05-06T07:08:09Z';
    await saveSnapshot(craft.repository, { time, tree, paths: ['/work'], hostname: 'crafted', tags: ['nightly'] });
  }

  /** `/work` with all that can go wrong, beside what is whole. */
  async function makeLosses(): Promise<BlobId> {
    const [one, two, three] = [Buffer.alloc(1000, 1), Buffer.alloc(2000, 2), Buffer.alloc(3000, 3)];
    const content: BlobId[] = [];
    for (const plain of [one, two, three]) content.push(await craft.blob('data', plain));
    const inner = await craft.folder('inner', [await craft.file('deep.txt', 'deep')]);
    const lost = await craft.folder('lost', [await craft.file('below.txt', 'below')]);
    const gone = await craft.file('gone.txt', 'gone');
    const tree = await craft.tree([
      await craft.folder('work', [
        await craft.folder('dir', [lost, { ...gone, name: 'too.txt' }]),
        gone,
        inner,
        { name: 'link', type: 'symlink', linkTarget: 'gone.txt' },
        { name: 'nolist', type: 'dir', mode: 2 ** 31 + 0o755 },
        { name: 'null.txt', type: 'file' },
        { name: 'parts.bin', type: 'file', size: 6000, content },
        await craft.file('size.txt', 'right', { size: 3 }),
      ]),
      await craft.folder('zzz', [await craft.file('whole.txt', 'whole')]),
    ]);
    await lose(content[1]!, gone.content![0]!, lost.subtree!);
    return tree;
  }

  test('the new trees are those that restic makes', async () => {
    await save(await makeLosses());
    await repairIndex(craft.repository);
    const { snapshots, paths } = await repair(craft.repository);
    expect(paths).toEqual([
      'emptied /work/dir/lost',
      'shortened /work/dir/too.txt 4 0',
      'shortened /work/gone.txt 4 0',
      'emptied /work/nolist',
      'shortened /work/null.txt 0 0',
      'shortened /work/parts.bin 6000 4000',
      'resized /work/size.txt 3 5',
    ]);
    const [before, after] = await listSnapshots(craft.repository).then((all) =>
      all.sort((a, b) => Number(b.id === snapshots[0]!.before) - Number(a.id === snapshots[0]!.before)),
    );
    expect(snapshots).toEqual([{ before: before!.id, after: after!.id, isRemoved: false }]);
    // Made by restic 0.18.0 of the same repository.
    expect(after!.snapshot.tree).toBe('35b12e5906bb79e62f6b8488b0c1342551422f8b646cd80434d71ffc8a273b7b');
    expect(after!.snapshot).toEqual({
      ...before!.snapshot,
      tree: after!.snapshot.tree,
      original: before!.id,
      tags: ['nightly', 'repaired'],
      unread: ['/work/dir/lost', '/work/nolist'],
    });
  });

  test('restic and prune are content when the originals are gone; an emptied folder is not taken for complete', async () => {
    const tree = await makeLosses();
    await save(tree);
    await save(await craft.tree([{ name: 'again', type: 'dir', mode: 2 ** 31 + 0o755, subtree: tree }]));
    await repairIndex(craft.repository);
    await expect(prune(craft.repository)).rejects.toMatchObject({ message: /"cairn repair snapshots --forget"/ });
    const { snapshots, paths } = await repair(craft.repository, { forget: true });
    // Lists that stand in both are told of once.
    expect([snapshots.length, paths.length]).toEqual([2, 7]);
    const left = await listSnapshots(craft.repository);
    expect(left.map(({ id }) => id).sort()).toEqual(snapshots.map(({ after }) => after).sort());
    expect(left.map(({ snapshot }) => snapshot.tags)).toEqual([['nightly'], ['nightly']]);
    await prune(craft.repository);
    await expectWhole(folder, craft.repository);
    expect(await repair(craft.repository)).toEqual({ snapshots: [], paths: [] });

    const destination = join(tempFolder(), 'destination');
    writeTree(destination, { 'lost/precious': 'precious', later: 'later' });
    const of = left.find(({ snapshot }) => snapshot.unread?.includes('/work/dir/lost'))!;
    const { result } = await restore(craft.repository, {
      snapshot: of.id,
      folder: '/work/dir',
      destination,
      delete: { isIgnored: () => false },
    });
    expect(result.problems).toEqual([]);
    expect(readdirSync(destination).sort()).toEqual(['lost', 'too.txt']);
    expect(readdirSync(join(destination, 'lost'))).toEqual(['precious']);
  });

  test('a dry run changes nothing, and doing it twice makes no second snapshot', async () => {
    await save(await makeLosses());
    await repairIndex(craft.repository);
    const files = () => readdirSync(folder, { recursive: true }).map(String).sort();
    const before = files();
    const planned = await repair(craft.repository, { dryRun: true });
    expect(files()).toEqual(before);
    const done = await repair(craft.repository);
    expect(done.paths).toEqual(planned.paths);
    const after = files();
    expect(await repair(craft.repository)).toEqual(done);
    expect(files()).toEqual(after);
    // And what was interrupted between storing and removing is finished.
    const { snapshots } = await repair(craft.repository, { forget: true });
    expect(snapshots).toEqual(done.snapshots.map((one) => ({ ...one, isRemoved: true })));
    expect((await listSnapshots(craft.repository)).map(({ id }) => id)).toEqual([snapshots[0]!.after]);
  });

  test.each([false, true])(
    'a snapshot of which nothing is left stays unless it is to go (forget: %j)',
    async (forget) => {
      const whole = await craft.tree([await craft.file('whole', 'whole')]);
      const tree = await craft.tree([await craft.file('a', 'a')]);
      await save(whole);
      await save(tree);
      await lose(tree);
      await repairIndex(craft.repository);
      const lost = (await listSnapshots(craft.repository)).find(({ snapshot }) => snapshot.tree === tree)!;
      const { snapshots } = await repair(craft.repository, { forget });
      expect(snapshots).toEqual([{ before: lost.id, isLost: true, isRemoved: forget }]);
      const left = (await listSnapshots(craft.repository)).map(({ snapshot }) => snapshot.tree);
      expect(left.sort()).toEqual((forget ? [whole] : [whole, tree]).sort());
      if (!forget) return;
      await prune(craft.repository);
      await expectWhole(folder, craft.repository);
    },
  );

  test('chosen snapshots only, and entries of no type go, as with restic', async () => {
    const times = '"mtime":"2024-05-06T07:08:09Z","atime":"2024-05-06T07:08:09Z","ctime":"2024-05-06T07:08:09Z"';
    const id = await craft.blob('data', Buffer.from('x'));
    const file = (name: string) =>
      `{"name":"${name}","type":"file","mode":420,${times},"uid":0,"gid":0,"size":1,"content":["${id}"]}`;
    const list = (...nodes: string[]) => craft.blob('tree', Buffer.from(`{"nodes":[${nodes.join(',')}]}\n`));
    const odd = (type: string) => `{"name":"m","type":"${type}",${times},"uid":0,"gid":0,"content":null}`;
    const trees = {
      irregular: await list(file('a'), odd('irregular'), file('z')),
      none: await list(file('a'), odd(''), file('z')),
      other: await list(file('a'), odd('wormhole'), file('z')),
      twice: await list(file('a'), file('a')),
    };
    for (const tree of Object.values(trees)) await save(tree);
    const idOf = new Map((await listSnapshots(craft.repository)).map((one) => [one.snapshot.tree, one.id]));
    const some = await repair(craft.repository, { snapshots: [idOf.get(trees.none)!] });
    expect(some.paths).toEqual(['removed /m']);
    const { snapshots, paths } = await repair(craft.repository, { forget: true });
    expect([snapshots.length, paths.sort()]).toEqual([3, ['removed /m', 'removed /m', 'renamed /a (2)']]);
    const left = await listSnapshots(craft.repository);
    // The first two are one tree, made by restic 0.18.0, too; it refuses the last one.
    const restics = '04787c3a013b67173724fcb2c975f91f56e74e0d7a4e45152df0c2a7538500c7';
    const made = left.map(({ snapshot }) => snapshot.tree).filter((tree) => tree === restics);
    expect([left.length, made.length]).toEqual([4, 2]);
    expect(left.some(({ snapshot }) => snapshot.tree === trees.other)).toBe(true);
    await prune(craft.repository);
  });

  test('trees that stand in each other very often take no longer, and folders stand for what is lost in them', async () => {
    let tree = await craft.tree([{ name: 'lost', type: 'dir', mode: 2 ** 31 + 0o755 }]);
    for (let level = 0; level < LEVELS; level++) {
      const folder = { type: 'dir', mode: 2 ** 31 + 0o755, subtree: tree } as const;
      tree = await craft.tree([
        { name: 'a', ...folder },
        { name: 'b', ...folder },
      ]);
    }
    await save(tree);
    const { snapshots, paths } = await repair(craft.repository);
    expect(paths).toEqual([`emptied ${'/a'.repeat(LEVELS)}/lost`]);
    const { snapshot } = (await listSnapshots(craft.repository)).find(({ id }) => id === snapshots[0]!.after)!;
    const unread = snapshot.unread ?? [];
    const isNoted = (path: string) => unread.some((place) => `${path}/`.startsWith(`${place}/`));
    const ways = ['aaaaaaaa', 'bbbbbbbb', 'abababab', 'aaaaaaab', 'baaaaaaa'];
    const places = ways.map((way) => `${[...way.padEnd(LEVELS, way)].map((name) => `/${name}`).join('')}/lost`);
    expect(places.filter((place) => !isNoted(place))).toEqual([]);
    // As exact as it can be: what is near is not given up for what is far.
    expect(unread).toContain(`${'/a'.repeat(LEVELS)}/lost`);
    expect([isNoted('/a'), unread.length <= 1_000]).toEqual([false, true]);
  });
});

describe('a call of the storage that fails', () => {
  const tree = { 'a/x.txt': 'one', 'a/lost.bin': randomBytes('lost', 50_000), 'c/d/f.bin': randomBytes('f', 30_000) };
  let stage: Stage;

  beforeEach(async () => {
    stage = await createStage(tree, { ...tree, 'new.txt': 'new' });
    const place = await placeOf(stage, stage.ids[0]!, 'a/lost.bin');
    rmSync(packFile(stage, place));
    await repairIndex(stage.repository);
  });

  const fail = new CairnError('storage-error', 'It does not answer now.');
  const steps = [
    { operation: 'load', type: 'pack', fail },
    { operation: 'load', type: 'index', fail },
    { operation: 'list', type: 'pack', fail },
    { operation: 'list', type: 'index', fail },
    { operation: 'save', type: 'pack', fail },
    { operation: 'save', type: 'pack', failAfter: fail },
    { operation: 'save', type: 'index', fail },
    { operation: 'save', type: 'index', failAfter: fail },
    { operation: 'save', type: 'snapshot', fail },
    { operation: 'save', type: 'snapshot', failAfter: fail },
    { operation: 'remove', type: 'snapshot', fail },
    { operation: 'remove', type: 'snapshot', failAfter: fail },
  ] as const satisfies readonly Fault[];

  test.each(steps.map((step) => [step.operation, step.type, 'fail' in step ? 'before' : 'after', step] as const))(
    '%s of a file of type %s, %s it is done, loses nothing, and the next attempt ends the work',
    async (_, type, _when, step) => {
      const backend = new FaultyBackend(stage.repository.backend);
      const at = await openRepository(backend, { password: TEST_PASSWORD });
      for (let call = 1; ; call++) {
        backend.inject({ ...step, call });
        const failure = await repair(at, { forget: true }).then(
          () => undefined,
          (error: unknown) => error,
        );
        backend.heal();
        if (!failure) break;
        expect([failure, call < 50]).toMatchObject([{ code: 'storage-error' }, true]);
        // Each snapshot is there, as it was or as it is now.
        const left = (await listSnapshots(stage.repository)).map(({ id, snapshot }) => snapshot.original ?? id);
        expect(new Set(left)).toEqual(new Set(stage.ids));
        // A pack that was stored and is not listed yet.
        if (type !== 'snapshot') await repairIndex(stage.repository);
      }
      await repair(stage.repository, { forget: true });
      expect(await listSnapshots(stage.repository)).toHaveLength(2);
      await prune(stage.repository);
      await expectWhole(stage.folder, stage.repository);
    },
  );
});

describe('of backups', () => {
  const tree = { 'a/x.txt': 'one', 'a/y.bin': randomBytes('y', 900_000), 'c/d/f.bin': randomBytes('f', 300_000) };
  let stage: Stage;

  beforeEach(async () => {
    stage = await createStage(tree, { ...tree, 'new.txt': 'new' });
  });

  test('nothing is done while nothing is lost', async () => {
    expect(await repair(stage.repository)).toEqual({ snapshots: [], paths: [] });
    expect(await listSnapshots(stage.repository)).toHaveLength(2);
  });

  test('the index has to be right: what it does not list may be there', async () => {
    const [name] = readdirSync(join(stage.folder, 'index'));
    rmSync(repositoryFile(stage.folder, 'index', name!));
    await expect(repair(stage.repository, { forget: true })).rejects.toMatchObject({ message: /cairn repair index/ });
    await repairIndex(stage.repository);
    expect((await repair(stage.repository, { forget: true })).snapshots).toEqual([]);
    flipBit(repositoryFile(stage.folder, 'index', readdirSync(join(stage.folder, 'index'))[0]!), 40);
    await expect(repair(stage.repository, { forget: true })).rejects.toMatchObject({ message: /cairn repair index/ });
  });

  test('what the disk no longer has goes from all snapshots, and backups go on', async () => {
    const place = await placeOf(stage, stage.ids[0]!, 'a/y.bin');
    flipBit(packFile(stage, place), place.offset + 20);
    rmSync(join(stage.source, 'a/y.bin'));
    const { stillLost } = await repairFiles(stage.repository, testCodecs());
    expect(stillLost.map(({ path }) => path)).toEqual(['/a/y.bin']);
    const { snapshots } = await repair(stage.repository, { forget: true });
    expect(snapshots.map(({ before }) => before).sort()).toEqual([...stage.ids].sort());
    await prune(stage.repository);
    await expectWhole(stage.folder, stage.repository);
    writeTree(stage.source, { 'a/y.bin': tree['a/y.bin'] });
    await addSnapshot(stage);
    await expectWhole(stage.folder, stage.repository);
    const destination = tempFolder();
    await restore(stage.repository, { destination });
    expect(readFileSync(join(destination, 'a/y.bin'))).toEqual(tree['a/y.bin']);
  });

  test('nothing is changed when it is cancelled', async () => {
    const place = await placeOf(stage, stage.ids[0]!, 'a/y.bin');
    rmSync(packFile(stage, place));
    await repairIndex(stage.repository);
    await expect(repair(stage.repository, { forget: true, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect((await listSnapshots(stage.repository)).map(({ id }) => id)).toEqual(stage.ids);
  });
});
