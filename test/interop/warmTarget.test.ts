/** A repository that stays open while the real restic works on it too. */
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { backup } from '../../src/engine/backup/backup.ts';
import type { BackupOptions, BackupResult } from '../../src/engine/backup/backupOptions.ts';
import { openInlineCodecs } from '../../src/engine/codec/inlineCodecs.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { readFileContent } from '../../src/engine/readFile.ts';
import { resolveSnapshotPath } from '../../src/engine/snapshotPath.ts';
import type { Session } from '../../src/engine/session.ts';
import { WarmTarget } from '../../src/engine/warmTarget.ts';
import { Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { writeTree, type TreeEntry } from '../helpers/fileTree.ts';
import { createLocalRepository, openLocalRepository, testCodecs } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

interface Stage {
  readonly folder: string;
  readonly source: string;
  readonly target: WarmTarget;
  readonly save: (path: string, content: TreeEntry, options?: Partial<BackupOptions>) => Promise<BackupResult>;
  readonly scan: (options?: Partial<BackupOptions>) => Promise<BackupResult>;
}

const openThreads = testCodecs(1);

async function createStage(leaseMs?: number): Promise<Stage> {
  const root = tempFolder();
  const folder = join(root, 'repository');
  const source = join(root, 'source');
  writeTree(source, { 'a/b/c.txt': 'c', 'a/d.txt': 'd', 'big.bin': randomBytes('big', 3_000_000), 'e/f/g.txt': 'g' });
  await createLocalRepository(folder);
  const target = new WarmTarget(await openLocalRepository(folder), leaseMs === undefined ? {} : { leaseMs });
  const openCodecs = openInlineCodecs(openThreads);
  let last = '';
  const scan: Stage['scan'] = async (options) => {
    const result = await target.use({ lock: 'shared' }, (session) =>
      backup(session, openCodecs, {
        targets: [source],
        workingFolder: '/',
        rules: {},
        programVersion: 'cairn test',
        ...options,
      }),
    );
    last = result.snapshotId ?? last;
    return result;
  };
  const save: Stage['save'] = (path, content, options) => {
    writeTree(source, { [path]: content });
    return scan({ changes: { snapshot: last, paths: [join(source, path)] }, ...options });
  };
  return { folder, source, target, save, scan };
}

function locksIn({ folder }: Stage): string[] {
  return readdirSync(join(folder, 'locks'));
}

/** The content of a small file. */
async function contentOf(session: Session, text: string): Promise<string> {
  const place = await resolveSnapshotPath(session, text);
  const pieces: Buffer[] = [];
  for await (const piece of readFileContent(session.reader, place)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** The whole repository is sound, and its newest snapshot holds what is on the disk. */
async function expectSound({ folder, source, target }: Stage): Promise<void> {
  await target.release();
  restic(folder, ['check', '--read-data']);
  const restored = tempFolder();
  restic(folder, ['restore', 'latest', '--target', restored]);
  expect(describeTree(join(restored, source))).toEqual(describeTree(source));
}

describe('a burst of saves', () => {
  test('shares one lock, and leaves a sound repository', async () => {
    const stage = await createStage();
    await stage.scan();
    const locks = locksIn(stage);
    expect(locks).toHaveLength(1);
    for (let n = 0; n < 20; n++) {
      const result = await stage.save(n % 2 ? 'a/b/c.txt' : `e/new ${n}/file`, `content ${n}`);
      expect(result.summary).toMatchObject({ dataBlobs: 1, totalFilesProcessed: 1 });
    }
    expect(locksIn(stage)).toEqual(locks);
    await expectSound(stage);
    expect(locksIn(stage)).toEqual([]);
  });

  test('shares it although saves are asked for at the same time', async () => {
    const stage = await createStage();
    await stage.scan();
    const asked = Array.from({ length: 8 }, (_, n) => stage.save(`e/${n}`, `content ${n}`));
    const snapshots = await Promise.all(asked);
    expect(new Set(snapshots.map(({ snapshotId }) => snapshotId)).size).toBe(8);
    await stage.scan();
    await expectSound(stage);
  });

  test('gives the lock back some time after the last', async () => {
    const stage = await createStage(50);
    await stage.scan();
    expect(locksIn(stage)).toHaveLength(1);
    await expect.poll(() => locksIn(stage)).toEqual([]);
    await stage.save('a/d.txt', 'again');
    await expectSound(stage);
  });

  test('a large change in between goes to threads', async () => {
    const stage = await createStage();
    await stage.scan();
    await stage.save('a/large.bin', randomBytes('large', 20_000_000));
    for (let n = 0; n < 400; n++) appendFileSync(join(stage.source, `e/f/${n}`), `many ${n}`);
    const many = await stage.save('e/f', null);
    expect(many.summary).toMatchObject({ filesNew: 400, totalFilesProcessed: 401 });
    await stage.save('a/d.txt', 'small again');
    await expectSound(stage);
  });
});

describe('what others do meanwhile', () => {
  const forgetAndPrune = (folder: string) =>
    restic(folder, ['forget', '--keep-last', '1', '--group-by', '', '--prune', '--max-unused', '0']);

  test('restic waits for the lease, prunes, and the next save knows', async () => {
    const stage = await createStage();
    await stage.scan();
    for (let round = 0; round < 4; round++) {
      await stage.save('a/b/c.txt', 'there and back');
      await stage.save('a/b/c.txt', `round ${round}`);
      expect(() => forgetAndPrune(stage.folder)).toThrow(/locked/);
      await stage.target.release();
      forgetAndPrune(stage.folder);
      // It was stored under the last lock, and is gone under this one.
      const result = await stage.save('a/b/c.txt', 'there and back');
      expect(result.summary.dataBlobs).toBe(1);
      await stage.save('e/f/g.txt', `round ${round}`);
    }
    await expectSound(stage);
  });

  test('all snapshots are forgotten: the next save stores everything again', async () => {
    const stage = await createStage();
    const { snapshotId } = await stage.scan();
    await stage.target.release();
    restic(stage.folder, ['forget', '--prune', snapshotId!]);
    const result = await stage.save('a/d.txt', 'after');
    expect(result.summary.filesNew).toBe(4);
    await expectSound(stage);
  });

  test('restic backs up under the same lease, and its snapshot can be read at once', async () => {
    const stage = await createStage();
    await stage.scan();
    const other = tempFolder();
    writeFileSync(join(other, 'theirs'), 'written by restic');
    restic(stage.folder, ['backup', other]);
    await stage.save('a/d.txt', 'between');
    const theirs = await stage.target.use({ lock: 'none' }, async (session) => {
      const all = await listSnapshots(session.repository);
      const { id } = all.find(({ snapshot }) => snapshot.paths.includes(other))!;
      return contentOf(session, `${id}:${other}/theirs`);
    });
    expect(theirs).toBe('written by restic');
    await expectSound(stage);
  });

  test('without a lock, what is gone is not looked for in memory', async () => {
    const stage = await createStage();
    const first = await stage.scan();
    await stage.save('a/d.txt', 'second');
    const list = () => stage.target.use({ lock: 'none' }, async ({ repository }) => listSnapshots(repository));
    expect(await list()).toHaveLength(2);
    await stage.target.release();
    forgetAndPrune(stage.folder);
    expect((await list()).map(({ id }) => id)).not.toContain(first.snapshotId);
    const read = await stage.target.use({ lock: 'none' }, (session) =>
      contentOf(session, `latest:${stage.source}/a/d.txt`),
    );
    expect(read).toBe('second');
  });

  test('our own forget and prune take the lock from the lease, and nothing stays in memory', async () => {
    const stage = await createStage();
    const first = await stage.scan();
    await stage.save('a/b/c.txt', 'second');
    await stage.target.runCold(async (repository) =>
      executeForget(repository, await planForgetByName(repository, [first.snapshotId!])),
    );
    await stage.save('a/d.txt', 'between');
    await stage.target.use({ lock: 'exclusive' }, async (session) => {
      expect(locksIn(stage)).toHaveLength(1);
      await executePrune(session, openThreads, await planPrune(session, { graceMs: 0, maxUnused: 0 }), {});
    });
    expect(locksIn(stage)).toEqual([]);
    expect((await stage.save('a/b/c.txt', 'c')).summary.dataBlobs).toBe(1);
    await expectSound(stage);
  });
});

describe('sessions at the same time', () => {
  test.each(['done', 'failed'])(
    'one that reads beside work on a cold repository waits until that is %s',
    async (end) => {
      const stage = await createStage();
      await stage.scan();
      const ended = Promise.withResolvers<void>();
      const cold = stage.target.runCold(() => ended.promise).catch(() => {});
      let isRead = false;
      const reading = stage.target
        .use({ lock: 'none' }, (session) => contentOf(session, `latest:${stage.source}/a/b/c.txt`))
        .finally(() => (isRead = true));
      await sleep(50);
      expect(isRead).toBe(false);
      if (end === 'done') ended.resolve();
      else ended.reject(new Error('no'));
      expect(await reading).toBe('c');
      await cold;
      await expectSound(stage);
    },
  );

  test('one that reads waits for none that writes', async () => {
    const stage = await createStage();
    await stage.scan();
    const written = Promise.withResolvers<void>();
    const writing = stage.target.use({ lock: 'shared' }, () => written.promise);
    const queued = stage.save('a/d.txt', 'queued');
    const read = () =>
      stage.target.use({ lock: 'none' }, (session) => contentOf(session, `latest:${stage.source}/a/b/c.txt`));
    expect(await read()).toBe('c');
    written.resolve();
    await Promise.all([writing, queued]);
    expect(await read()).toBe('c');
    await expectSound(stage);
  });

  test('one that reads goes on when one that writes fails', async () => {
    const stage = await createStage();
    await stage.scan();
    const writing = stage.target.use({ lock: 'shared' }, async () => {
      throw new Error('failed');
    });
    const reading = stage.target.use({ lock: 'none' }, ({ repository }) => listSnapshots(repository));
    await expect(writing).rejects.toThrow('failed');
    expect(await reading).toHaveLength(1);
  });

  test('preparing takes the lock that the next save uses', async () => {
    const stage = await createStage();
    await stage.scan();
    await stage.target.release();
    await stage.target.prepare();
    const locks = locksIn(stage);
    expect(locks).toHaveLength(1);
    await stage.save('a/d.txt', 'prepared');
    expect(locksIn(stage)).toEqual(locks);
    await expectSound(stage);
  });
});

test('what a pretended backup claimed is stored by the next', async () => {
  const stage = await createStage();
  await stage.scan();
  const pretended = await stage.save('a/d.txt', 'pretended', { dryRun: true });
  expect([pretended.snapshotId, pretended.summary.dataBlobs]).toEqual([undefined, 1]);
  expect((await stage.save('a/d.txt', 'pretended')).summary.dataBlobs).toBe(1);
  await expectSound(stage);
});

describe('a session that fails', () => {
  test.each(['index', 'snapshot', 'pack'] as const)('at a %s leaves nothing that the next believes', async (type) => {
    const root = tempFolder();
    const source = join(root, 'source');
    writeTree(source, { 'a/b': 'b', c: 'c' });
    const made = await createLocalRepository(join(root, 'repository'));
    const faulty = new FaultyBackend(made.backend);
    const target = new WarmTarget(new Repository(faulty, made.config, made.masterKey, made.keyId));
    const openCodecs = openInlineCodecs(openThreads);
    const run = (options: Partial<BackupOptions>) =>
      target.use({ lock: 'shared' }, (session) =>
        backup(session, openCodecs, {
          targets: [source],
          workingFolder: '/',
          rules: {},
          programVersion: 'cairn test',
          ...options,
        }),
      );
    const { snapshotId } = await run({});
    writeFileSync(join(source, 'c'), 'changed');
    const changes = { snapshot: snapshotId!, paths: [join(source, 'c')] };
    faulty.inject({ operation: 'save', type, fail: new Error('the disk is full') });
    await expect(run({ changes })).rejects.toThrow('the disk is full');
    const again = await run({ changes });
    expect(again.summary.dataBlobs).toBe(type === 'snapshot' ? 0 : 1);
    await target.release();
    restic(join(root, 'repository'), ['check', '--read-data']);
  });
});
