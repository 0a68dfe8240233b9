/** A backup that has its source walked by a thread stores what it would store without. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { backup } from '../../src/engine/backup/backup.ts';
import type { BackupOptions, BackupResult } from '../../src/engine/backup/backupOptions.ts';
import type { WalkBatch } from '../../src/engine/backup/runningWalk.ts';
import { planWalk } from '../../src/engine/backup/walkAhead.ts';
import type { Session } from '../../src/engine/session.ts';
import { loadSnapshot } from '../../src/repository/snapshots.ts';
import { WalkClient } from '../../src/worker/walkClient.ts';
import { bundle } from '../helpers/bundle.ts';
import { sampleOf } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { seededRandom } from '../helpers/random.ts';
import { editRandomly } from '../helpers/randomTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const openCodecs = testCodecs(1);
const rules = { useIgnoreFiles: true, useCairnIgnore: true, useCacheDirTag: true, excludeGlobs: ['Z'] };
let threadFile: string;
let session: Session;

beforeAll(async () => {
  threadFile = bundle('src/worker/walkThread.ts');
  session = await unlockedSession(await createLocalRepository(join(root, 'repository')));
});

async function run(
  targets: readonly string[],
  options: Partial<BackupOptions> & { readonly ahead: boolean },
): Promise<BackupResult> {
  const { ahead, workingFolder = root, rules: used = rules } = options;
  const plan = ahead ? planWalk(targets, workingFolder, used) : undefined;
  const walk = plan && new WalkClient(threadFile, plan);
  try {
    const usual = { targets, workingFolder, rules: used, programVersion: 'cairn test' };
    return await backup(session, openCodecs, { ...usual, ...options, walk });
  } finally {
    await walk?.close();
  }
}

/** What a backup stored and said, but for its times. */
async function outcome(result: BackupResult): Promise<object> {
  const { tree, paths, summary } = await loadSnapshot(session.repository, result.snapshotId!);
  const { problems, skipped, isComplete } = result;
  const { filesNew, filesChanged, filesUnmodified, dirsNew, dirsChanged, dirsUnmodified } = summary!;
  const counts = [filesNew, filesChanged, filesUnmodified, dirsNew, dirsChanged, dirsUnmodified];
  return { tree, paths, counts, problems, skipped, isComplete };
}

async function expectSame(targets: readonly string[], options: Partial<BackupOptions> = {}): Promise<object> {
  const here = await outcome(await run(targets, { ...options, ahead: false }));
  const ahead = await outcome(await run(targets, { ...options, ahead: true }));
  expect(ahead).toEqual(here);
  return ahead;
}

test.each(sampleOf([1, 2, 3], 1))(
  'after random changes, compared with a parent (seed %i)',
  { timeout: 180_000 },
  async (seed) => {
    const random = seededRandom(seed);
    const [name, source] = [`random-${seed}`, join(root, `random-${seed}`)];
    editRandomly(source, random, 60);
    let { snapshotId: parent } = await run([name], { ahead: true, parent: 'none' });
    for (let round = 0; round < 10; round++) {
      editRandomly(source, random, 1 + random.below(6));
      await expectSame([name], { parent: parent! });
      ({ snapshotId: parent } = await run([name], { ahead: true, parent: parent! }));
    }
  },
);

describe('targets', () => {
  const source = join(root, 'targets');
  beforeAll(() => {
    writeTree(source, {
      'a/b/c/one': '1',
      'a/b/two': '2',
      'a/three': '3',
      'd/four': '4',
      'd/Z/five': '5',
      link: { link: 'd' },
      '.cairnignore': 'four\n',
    });
  });
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['what a folder holds', ['.']],
    ['a relative path', ['a/b']],
    ['a path with an end', ['a/b/']],
    ['a file and a link', ['a/three', 'link']],
    ['one in another', ['a', 'a/b/c']],
    ['one that the rules of the outer one leave out', ['.', 'd/Z']],
    ['one that is not there', ['a', 'nowhere']],
    ['paths from above', ['../targets/a', `../targets/d`]],
  ];
  test.each(cases)('%s', async (_, targets) => {
    await expectSame(targets, { workingFolder: source, parent: 'none' });
    const { snapshotId } = await run(targets, { workingFolder: source, ahead: true, parent: 'none' });
    await expectSame(targets, { workingFolder: source, parent: snapshotId! });
  });
});

test('a file that went after the walk had come by is reported, and the rest is stored', async () => {
  const source = join(root, 'vanishing');
  writeTree(source, { 'b/y': 'y' });
  const { snapshotId: parent } = await run([source], { ahead: false, parent: 'none' });
  writeTree(source, { 'a/x': 'x', 'b/y': 'yy' });
  const walk = new WalkClient(threadFile, planWalk([source], root, {})!);
  const batch = await walk.next();
  rmSync(join(source, 'a/x'));
  const next = (): Promise<WalkBatch> => Promise.resolve(batch);
  const result = await backup(session, openCodecs, {
    targets: [source],
    workingFolder: root,
    rules: {},
    parent: parent!,
    programVersion: 'cairn test',
    walk: { plan: walk.plan, next, stop: () => walk.stop() },
  }).finally(() => walk.close());
  expect(result.problems).toMatchObject([{ path: join(source, 'a/x'), code: 'ENOENT' }]);
  expect(result.summary.filesChanged).toBe(1);
});

test('what was walked is used by a first backup, too', async () => {
  const source = join(root, 'first');
  writeTree(source, { 'a/b': 'b' });
  const walk = new WalkClient(threadFile, planWalk([source], root, rules)!);
  let batches = 0;
  const next = () => {
    batches++;
    return walk.next();
  };
  const counting = { plan: walk.plan, next, stop: () => walk.stop() };
  await backup(session, openCodecs, {
    targets: [source],
    workingFolder: root,
    rules,
    programVersion: 'cairn test',
    parent: 'none',
    walk: counting,
  });
  await walk.close();
  expect(batches).toBeGreaterThan(0);
});

test('a glob that cannot be used is told', async () => {
  const source = join(root, 'globs');
  writeTree(source, { a: 'a' });
  const bad = { rules: { excludeGlobs: ['x'.repeat(100_000)] }, parent: 'none' };
  const here = await run([source], { ...bad, ahead: false }).catch((error: unknown) => error);
  const ahead = await run([source], { ...bad, ahead: true }).catch((error: unknown) => error);
  expect(here).toMatchObject({ code: 'usage' });
  expect(ahead).toMatchObject({ code: 'usage', message: (here as Error).message });
});

describe('more entries than a walk may be ahead', () => {
  const source = join(root, 'many');
  beforeAll(() => {
    for (let folder = 0; folder < 45; folder++) {
      mkdirSync(join(source, String(folder)), { recursive: true });
      for (let file = 0; file < 1000; file++) writeFileSync(join(source, String(folder), String(file)), '');
    }
  });

  test('are all backed up', { timeout: 180_000 }, async () => {
    const { snapshotId } = await run(['many/0'], { ahead: true, parent: 'none' });
    const { summary } = await run(['many'], { ahead: true, parent: snapshotId! });
    expect([summary.filesNew, summary.filesUnmodified, summary.dirsNew]).toEqual([44_000, 1000, 44]);
  });

  test('do not keep a walk from being ended, whether it waits or not', async () => {
    for (const delay of [0, 5, 50, 1000]) {
      const walk = new WalkClient(threadFile, planWalk([source], root, {})!);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await walk.close();
      await expect(drain(walk)).rejects.toMatchObject({ code: 'worker-crashed' });
    }
  });
});

async function drain(walk: WalkClient): Promise<void> {
  for (;;) await walk.next();
}
