/**
 * How many round trips operations need on storage where each call takes one: a number that does not grow with what
 * could be asked for at once. These are budgets: raise one only for a reason.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { diffSnapshots } from '../../src/engine/diff/diffSnapshots.ts';
import { findFiles, type FoundFile } from '../../src/engine/findFiles.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { listFiles } from '../../src/engine/listFiles.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { withSession } from '../../src/engine/session.ts';
import { findPlace } from '../../src/engine/snapshotPath.ts';
import { stats } from '../../src/engine/stats.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { loadIndex } from '../../src/repository/index/loadIndex.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { countTrips } from '../helpers/countTrips.ts';
import { MemoryBackend } from '../helpers/memoryBackend.ts';
import { testCodecs } from '../helpers/localRepository.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { sessionOf } from '../helpers/session.ts';
import { createTestRepository, type FolderLiteral } from '../helpers/testRepository.ts';

/** Levels of folders in each snapshot. */
const DEPTH = 4;

/** So many snapshots; each has an index file, a pack of files and one of folders of its own. */
const sizes = [8, 40];
const stored = new Map<number, MemoryBackend>();

beforeAll(async () => {
  for (const size of sizes) {
    const made = await createTestRepository();
    for (let at = 0; at < size; at++) await made.addSnapshot(folderOf(`${at}`, DEPTH));
    stored.set(size, made.backend);
  }
});

/** Three folders in each, all of them other ones in each snapshot. */
function folderOf(name: string, levels: number): FolderLiteral {
  const file = { [`file ${name}`]: `content ${name}` };
  if (levels === 1) return file;
  const below = ['a', 'b', 'c'].map((part) => [part, folderOf(`${name}${part}`, levels - 1)] as const);
  return { ...file, ...Object.fromEntries(below) };
}

/** The round trips of some work on a repository of each size, opened before. `connections` as many as are of use. */
async function tripsOf(work: (repository: Repository) => Promise<unknown>): Promise<number[]> {
  const trips: number[] = [];
  for (const size of sizes) {
    const memory = new MemoryBackend();
    for (const [path, bytes] of stored.get(size)!.files) memory.files.set(path, bytes);
    const counter = countTrips(memory, { quiet: 30, properties: { connections: 10_000 } });
    const repository = await openRepository(counter.backend, { password: TEST_PASSWORD });
    counter.reset();
    await work(repository);
    trips.push(counter.roundTrips());
  }
  return trips;
}

const both = (trips: number) => sizes.map(() => trips);

describe('round trips', () => {
  test('of opening a repository', async () => {
    const counter = countTrips(stored.get(8)!);
    await openRepository(counter.backend, { password: TEST_PASSWORD });
    // The config and the names of the keys; the key.
    expect(counter.roundTrips()).toBe(2);
  });

  test('of listing snapshots', async () => {
    expect(await tripsOf(listSnapshots)).toEqual(both(2));
  });

  test('of loading the index', async () => {
    expect(await tripsOf((repository) => loadIndex(repository))).toEqual(both(2));
  });

  test('of five connections are as many as five at a time take', async () => {
    const counter = countTrips(stored.get(40)!);
    const repository = await openRepository(counter.backend, { password: TEST_PASSWORD });
    counter.reset();
    await loadIndex(repository);
    expect(counter.roundTrips()).toBe(1 + 40 / 5);
  });

  test('of what a session with a lock costs', async () => {
    const trips = await tripsOf((repository) => withSession(repository, { lock: 'shared' }, async () => {}));
    // Our own lock is written while others are looked for, the index is loaded, others are looked for again, the lock is
    // removed.
    expect(trips).toEqual(both(5));
  });

  test('of a session that lists packs and snapshots, too, is the same', async () => {
    const options = { lock: 'shared', listed: ['pack', 'snapshot'] } as const;
    const trips = await tripsOf((repository) =>
      withSession(repository, options, async ({ repository: { backend } }) => {
        expect(await backend.list('pack')).not.toEqual([]);
        expect(await backend.list('snapshot')).not.toEqual([]);
      }),
    );
    expect(trips).toEqual(both(5));
  });

  test('of listing all files of a snapshot', async () => {
    const trips = await tripsOf(async (repository) => {
      const session = await sessionOf(repository);
      const newest = (await listSnapshots(repository)).at(-1)!;
      const place = await findPlace(session.reader, newest, '/');
      let entries = 0;
      for await (const found of listFiles(session, place, { recursive: true }))
        entries += Number(found.kind === 'entry');
      expect(entries).toBe(79);
    });
    expect(trips).toEqual(both(4 + DEPTH));
  });

  test('of a snapshot in which the same folder stands many times', async () => {
    const made = await createTestRepository();
    const names = Array.from({ length: 60 }, (_, at) => `folder ${at}`);
    const same = { same: { deeper: { file: 'the same' } } };
    await made.addSnapshot(
      Object.fromEntries(names.map((name) => [name, { ...same, [name]: name, [`${name}.d`]: { [name]: name } }])),
    );
    const counter = countTrips(made.backend, { quiet: 30, properties: { connections: 10_000 } });
    const session = await sessionOf(await openRepository(counter.backend, { password: TEST_PASSWORD }));
    const [stored] = await listSnapshots(session.repository);
    const place = await findPlace(session.reader, stored!, '/');
    counter.reset();
    let folders = 0;
    for await (const found of listFiles(session, place, { recursive: true })) {
      if (found.kind === 'entry' && found.node.type === 'dir') folders++;
    }
    expect(folders).toBe(60 * 4);
    // Four levels, and for each place but the first of the same two lists one read of its own.
    expect(counter.roundTrips()).toBeLessThanOrEqual(4 + 2 * 59);
    expect(counter.calls().length).toBeLessThanOrEqual(4 + 2 * 59);
  });

  test('of comparing two snapshots that share nothing', async () => {
    const trips = await tripsOf(async (repository) => {
      const session = await sessionOf(repository);
      const [first, second] = await listSnapshots(repository);
      await diffSnapshots(session, first!.snapshot.tree, second!.snapshot.tree);
    });
    // One for all folders in a folder.
    expect(trips[0]).toBeLessThanOrEqual(4 + 1 + 13);
    expect(trips[1]).toBe(trips[0]);
  });

  test('of a search through all snapshots', async () => {
    const trips = await tripsOf(async (repository) => {
      const session = await sessionOf(repository);
      const found: FoundFile[] = [];
      for await (const file of findFiles(session, ['file *'])) found.push(file);
      expect(found.length % 40).toBe(0);
    });
    expect(trips).toEqual(both(4 + DEPTH));
  });

  test('of statistics', async () => {
    const trips = await tripsOf(async (repository) => {
      await stats(await sessionOf(repository), { mode: 'restore-size' });
    });
    expect(trips).toEqual(both(4 + DEPTH));
  });

  test('of a verification', async () => {
    const trips = await tripsOf((repository) => verify(repository, testCodecs(), { noLock: true }));
    expect(trips).toEqual(both(4 + DEPTH));
  });

  test('of forgetting and pruning', async () => {
    const trips = await tripsOf(async (repository) => {
      const names = (await listSnapshots(repository)).slice(1).map(({ id }) => id);
      await executeForget(repository, await planForgetByName(repository, names));
      await withSession(repository, { lock: 'exclusive' }, async (session) => {
        const plan = await planPrune(session, { graceMs: 0 });
        const { packsRemoved } = await executePrune(session, testCodecs(), plan);
        expect(packsRemoved).toBeGreaterThan(0);
      });
    });
    expect(trips).toEqual(both(28));
  });
});
