/** Replicas in memory: what is copied, in which order, what is removed and when, and what goes wrong. */
import { describe, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { checkReplica, type ReplicaCheck } from '../../src/engine/replicate/checkReplica.ts';
import { withSession, lockRepository } from '../../src/engine/session.ts';
import { addKey, removeKey } from '../../src/repository/keys.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { listSnapshots, loadSnapshot, saveSnapshot } from '../../src/repository/snapshots.ts';
import type { BlobId, SnapshotId } from '../../src/repository/format/ids.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { memoryCodecs } from '../helpers/memoryCodecs.ts';
import type { MemoryBackend } from '../helpers/memoryBackend.ts';
import { createTestReplica, DAY, readWhole } from '../helpers/replica.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { createTestRepository, type TestRepository } from '../helpers/testRepository.ts';

/** Snapshots that share some content. */
async function createSource(snapshots = 3): Promise<TestRepository & { readonly ids: SnapshotId[] }> {
  const made = await createTestRepository();
  const ids: SnapshotId[] = [];
  for (let at = 0; at < snapshots; at++) {
    const { id } = await made.addSnapshot({
      shared: 'shared',
      [`own ${at}`]: `own ${at}`,
      sub: { [`x${at}`]: `x${at}` },
    });
    ids.push(id);
  }
  return { ...made, ids };
}

const namesOf = ({ files }: MemoryBackend, except = /^locks\//) =>
  [...files.keys()].filter((path) => !except.test(path)).sort();
const ofType = (backend: MemoryBackend, folder: string) =>
  namesOf(backend).filter((path) => path.startsWith(`${folder}/`));

/** Forgets a snapshot and rewrites all that is not needed any more. */
async function forgetAndPrune({ repository }: TestRepository, ids: readonly SnapshotId[]): Promise<void> {
  await executeForget(repository, await planForgetByName(repository, ids));
  await withSession(repository, { lock: 'exclusive' }, async (session) =>
    executePrune(session, memoryCodecs(repository.backend), await planPrune(session, { graceMs: 0, maxUnused: 0 })),
  );
}

const denied = new CairnError('permission-denied', 'The storage forbids it.');

describe('a first run', () => {
  test('makes a repository with the same files, which the same password opens', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    const result = await replica.run(source.repository);
    expect(result).toMatchObject({ created: true, problems: [], removal: { state: 'none' } });
    expect(result.copied.files).toEqual({ key: 0, snapshot: 3, index: 3, pack: 6 });
    expect(new Map([...replica.backend.files].sort())).toEqual(new Map([...source.backend.files].sort()));
    expect(await readWhole(replica.backend)).toEqual([...source.ids].sort());
    const opened = await openRepository(replica.backend, { password: TEST_PASSWORD });
    expect(opened.config.id).toBe(source.repository.config.id);
  });

  test('stores what is needed before what needs it', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    const watched = new FaultyBackend(replica.backend);
    await replica.run(source.repository, {}, watched);
    const saves = watched.calls.flatMap((call) => /^save (?!lock)(\w+)/.exec(call)?.[1] ?? []);
    expect(saves.join(' ')).toBe(
      'key config pack pack pack pack pack pack index index index snapshot snapshot snapshot',
    );
  });

  test('copies no lock', async () => {
    const source = await createSource(1);
    const lock = await lockRepository(source.repository, { lock: 'shared' });
    const replica = createTestReplica();
    await replica.run(source.repository);
    expect(ofType(source.backend, 'locks')).toEqual([]);
    expect([...replica.backend.files.keys()].filter((path) => path.startsWith('locks/'))).toEqual([]);
    await lock.release();
  });

  test('of an empty repository makes an empty one', async () => {
    const source = await createTestRepository();
    const replica = createTestReplica();
    expect(await replica.run(source.repository)).toMatchObject({ created: true, problems: [] });
    expect(await readWhole(replica.backend)).toEqual([]);
  });

  test('that is only pretended writes nothing', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    const before = namesOf(source.backend, /^$/);
    const result = await replica.run(source.repository, { dryRun: true });
    expect(result).toMatchObject({ created: true, copied: { files: { key: 1, snapshot: 3, index: 3, pack: 6 } } });
    expect(replica.backend.files.size).toBe(0);
    expect(namesOf(source.backend, /^$/)).toEqual(before);
    expect(await replica.run(source.repository)).toMatchObject({ created: true });
  });

  test('that was cut off between keys and config is finished', async () => {
    const source = await createSource(1);
    const replica = createTestReplica();
    const [key] = ofType(source.backend, 'keys');
    replica.backend.files.set(key!, source.backend.files.get(key!)!);
    expect(await replica.run(source.repository)).toMatchObject({ created: true, problems: [] });
    expect(await readWhole(replica.backend)).toEqual(source.ids);
  });
});

describe('a later run', () => {
  test('copies what is new, and nothing twice', async () => {
    const source = await createSource(2);
    const replica = createTestReplica();
    await replica.run(source.repository);
    const { id } = await source.addSnapshot({ more: 'more' });
    const watched = new FaultyBackend(source.backend);
    const repository = await openRepository(watched, { password: TEST_PASSWORD });
    const result = await replica.run(repository);
    expect(result.copied.files).toEqual({ key: 0, snapshot: 1, index: 1, pack: 2 });
    expect(watched.calls.filter((call) => call.startsWith('load pack'))).toHaveLength(2);
    expect(await readWhole(replica.backend)).toEqual([...source.ids, id].sort());
    expect((await replica.run(repository)).copied.bytes).toBe(0);
  });

  test('replaces what has another size', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    for (const folder of ['data', 'index', 'snapshots', 'keys']) {
      const [path] = ofType(replica.backend, folder);
      replica.backend.files.set(path!, replica.backend.files.get(path!)!.subarray(1));
    }
    expect(await replica.run(source.repository)).toMatchObject({ replaced: 4, problems: [] });
    expect(await readWhole(replica.backend)).toHaveLength(3);
  });

  test('says so where the storage does not let it replace', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    const [path] = ofType(replica.backend, 'data');
    replica.backend.files.set(path!, Buffer.alloc(1));
    const { id } = await source.addSnapshot({ more: 'more' });
    const forbidding = new FaultyBackend(replica.backend);
    forbidding.inject({ operation: 'remove', type: 'pack', fail: denied, times: Infinity });
    const { problems } = await replica.run(source.repository, {}, forbidding);
    expect(problems).toMatchObject([{ type: 'pack', message: expect.stringContaining('forbids replacing') as string }]);
    // What does not need it goes on.
    expect(ofType(replica.backend, 'snapshots')).toContain(`snapshots/${id}`);
  });

  test('finds the replica gone that was there, rather than filling the disk below', async () => {
    const source = await createSource(1);
    const replica = createTestReplica();
    await replica.run(source.repository);
    replica.backend.files.clear();
    await expect(replica.run(source.repository)).rejects.toMatchObject({ code: 'repository-not-found' });
    expect(replica.backend.files.size).toBe(0);
    expect(await replica.run(source.repository, { init: true })).toMatchObject({ created: true });
    expect(await readWhole(replica.backend)).toEqual(source.ids);
  });
});

describe('refused are', () => {
  test('another repository, also one with the same password', async () => {
    const [source, other] = [await createSource(1), await createSource(1)];
    const before = new Map(other.backend.files);
    const replica = createTestReplica();
    await expect(replica.run(source.repository, {}, other.backend)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('another repository') as string,
    });
    expect(other.backend.files).toEqual(before);
  });

  test('a repository with the same key and another id', async () => {
    const source = await createSource(1);
    const replica = createTestReplica();
    await replica.run(source.repository);
    const json = `{"version":2,"id":"${'ab'.repeat(32)}","chunker_polynomial":"${source.repository.config.chunkerPolynomial.toString(16)}"}`;
    replica.backend.files.set('config', source.repository.sealer.seal(Buffer.from(json)));
    await expect(replica.run(source.repository)).rejects.toMatchObject({ code: 'refused' });
  });

  test.each(['data', 'keys', 'snapshots', 'index'])(
    'files in %s of a repository that has no config',
    async (folder) => {
      const [source, other] = [await createSource(1), await createSource(1)];
      const replica = createTestReplica();
      const [path] = ofType(other.backend, folder);
      replica.backend.files.set(path!, other.backend.files.get(path!)!);
      await expect(replica.run(source.repository)).rejects.toMatchObject({ code: 'refused' });
      expect(replica.backend.files.size).toBe(1);
    },
  );

  test('the repository itself, whatever way leads there', async () => {
    const source = await createSource(1);
    const before = namesOf(source.backend, /^$/);
    await expect(createTestReplica().run(source.repository, {}, source.backend)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('by another way') as string,
    });
    expect(namesOf(source.backend, /^$/)).toEqual(before);
  });
});

describe('a damaged source', () => {
  test.each(['a flipped bit', 'a lost end', 'nothing'])(
    'whose pack has %s gives all but what needs it',
    async (what) => {
      const source = await createSource();
      const { packId } = (await source.openSession()).index.locations('tree', await lastTree(source))[0]!;
      const path = `data/${packId.slice(0, 2)}/${packId}`;
      const good = source.backend.files.get(path)!;
      const bad = Buffer.from(good);
      bad[10]! ^= 1;
      if (what === 'nothing') source.backend.files.delete(path);
      else source.backend.files.set(path, what === 'a lost end' ? good.subarray(0, -1) : bad);
      const replica = createTestReplica();
      const { problems, copied } = await replica.run(source.repository);
      expect(problems).toMatchObject([
        { type: 'pack', name: packId },
        { type: 'snapshot', name: source.ids[2], message: expect.stringContaining('was not copied') as string },
      ]);
      expect(copied.files).toEqual({ key: 0, snapshot: 2, index: 3, pack: 5 });
      expect(ofType(replica.backend, 'data')).not.toContain(path);
      // Once it is mended, the rest comes.
      source.backend.files.set(path, good);
      expect(await replica.run(source.repository)).toMatchObject({ problems: [] });
      expect(await readWhole(replica.backend)).toEqual([...source.ids].sort());
    },
  );

  async function lastTree(source: TestRepository & { readonly ids: SnapshotId[] }): Promise<BlobId> {
    return (await listSnapshots(source.repository)).at(-1)!.snapshot.tree;
  }

  test('does no harm to a replica that is right', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    const before = new Map(replica.backend.files);
    for (const folder of ['data', 'index', 'snapshots']) {
      const [path] = ofType(source.backend, folder);
      source.backend.files.set(path!, source.backend.files.get(path!)!.subarray(1));
    }
    const { problems } = await replica.run(source.repository, { delay: 0 });
    expect(new Set(problems.map(({ type }) => type))).toEqual(new Set(['pack', 'index', 'snapshot']));
    expect(replica.backend.files).toEqual(before);
  });

  test('whose index file is damaged gives what others list', async () => {
    const source = await createSource();
    const paths = ofType(source.backend, 'index');
    for (const path of paths.slice(0, 2)) source.backend.files.set(path, Buffer.from('damaged'));
    const replica = createTestReplica();
    const { problems, copied } = await replica.run(source.repository);
    expect(problems.filter(({ type }) => type === 'index')).toHaveLength(2);
    expect(copied.files.index).toBe(1);
    expect(await readWhole(replica.backend)).toHaveLength(copied.files.snapshot);
  });
});

test('a source of which a file may not be read is not called damaged', async () => {
  const source = await createSource();
  const refusing = new FaultyBackend(source.backend);
  const repository = await openRepository(refusing, { password: TEST_PASSWORD });
  refusing.inject({ operation: 'load', type: 'pack', fail: denied });
  const replica = createTestReplica();
  const { problems } = await replica.run(repository);
  expect(problems[0]).toMatchObject({ type: 'pack', code: 'permission-denied' });
  for (const problem of problems.slice(1)) {
    expect(problem).toMatchObject({ type: 'snapshot', code: 'permission-denied' });
    expect(problem.message).toMatch(/could be read from .*\. The next run tries again\.$/);
  }
  expect(problems.length).toBeGreaterThan(1);
  expect(await replica.run(repository)).toMatchObject({ problems: [] });
});

describe('what the source has no more', () => {
  test('stays for the delay, whole, and then goes', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    await forgetAndPrune(source, source.ids.slice(0, 2));
    const first = await replica.run(source.repository);
    expect(first).toMatchObject({ removal: { state: 'wait', removed: { bytes: 0 } } });
    expect(first.removal.waiting.files.snapshot).toBe(2);
    expect(first.removal.waiting.files.pack).toBeGreaterThan(0);
    expect(await readWhole(replica.backend)).toEqual([...source.ids].sort());
    replica.wait(14 * DAY - 1);
    expect(await replica.run(source.repository)).toMatchObject({ removal: { state: 'wait' } });
    expect(await readWhole(replica.backend)).toHaveLength(3);
    replica.wait(1);
    expect(await replica.run(source.repository, { dryRun: true })).toMatchObject({
      removal: { removed: first.removal.waiting },
    });
    expect(await replica.run(source.repository)).toMatchObject({
      removal: { state: 'done', removed: first.removal.waiting },
    });
    expect(namesOf(replica.backend)).toEqual(namesOf(source.backend));
    expect(await readWhole(replica.backend)).toEqual([source.ids[2]]);
  });

  test('goes in parts, each whole, when the source forgets again and again', async () => {
    const source = await createSource(1);
    const replica = createTestReplica();
    const all: SnapshotId[] = [...source.ids];
    for (let day = 1; day <= 9; day++) {
      all.push((await source.addSnapshot({ shared: 'shared', [`day ${day}`]: `day ${day}` })).id);
      if (day > 1) await forgetAndPrune(source, [all[day - 2]!]);
      await replica.run(source.repository, { delay: 3 * DAY });
      replica.wait(DAY);
      expect(await readWhole(replica.backend)).toEqual(all.slice(Math.max(0, day - 4), day + 1).sort());
    }
    // Packs go as well, not only snapshots.
    expect(ofType(replica.backend, 'data').length).toBeLessThan(2 * 6 + 10);
  });

  test('stays for ever, or goes at once, as one wishes', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    await forgetAndPrune(source, source.ids.slice(0, 1));
    const never = await replica.run(source.repository, { delay: Infinity });
    expect(never.removal).toMatchObject({ state: 'wait' });
    expect(never.removal.nextDue).toBeUndefined();
    expect(await replica.run(source.repository, { delay: 0 })).toMatchObject({ removal: { state: 'done' } });
    expect(namesOf(replica.backend)).toEqual(namesOf(source.backend));
  });

  test('stays longer if it is not remembered since when', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    await forgetAndPrune(source, source.ids.slice(0, 1));
    await replica.run(source.repository);
    replica.wait(14 * DAY);
    const other = createTestReplica();
    const options = { recordFolder: other.recordFolder };
    expect(await replica.run(source.repository, options)).toMatchObject({ removal: { state: 'wait' } });
    replica.wait(14 * DAY);
    expect(await replica.run(source.repository, options)).toMatchObject({ removal: { state: 'done' } });
  });

  test('stays when the source has lost all snapshots', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    const before = namesOf(replica.backend);
    for (const path of ofType(source.backend, 'snapshots')) source.backend.files.delete(path);
    for (let run = 0; run < 2; run++) {
      expect(await replica.run(source.repository)).toMatchObject({
        removal: { state: 'held', reason: expect.stringContaining('no snapshot any more') as string },
      });
      replica.wait(15 * DAY);
    }
    expect(namesOf(replica.backend)).toEqual(before);
  });

  test.each(['data', 'index'])('stays when the source has lost one file of %s that it needs', async (folder) => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    const before = namesOf(replica.backend);
    source.backend.files.delete(ofType(source.backend, folder)[0]!);
    await replica.run(source.repository);
    replica.wait(15 * DAY);
    const { removal } = await replica.run(source.repository);
    // A pack that is still listed is not due at all; without the index file snapshots would not be whole.
    expect(removal.removed.bytes).toBe(0);
    if (folder === 'index') expect(removal).toMatchObject({ state: 'needed' });
    expect(namesOf(replica.backend)).toEqual(before);
    expect(await readWhole(replica.backend)).toHaveLength(3);
  });

  test('stays when a snapshot that was made in the replica itself needs it', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    await forgetAndPrune(source, source.ids.slice(0, 1));
    await replica.run(source.repository);
    replica.wait(13 * DAY);
    // The same as the forgotten one but for its time.
    const inside = await openRepository(replica.backend, { password: TEST_PASSWORD });
    const forgotten = await loadSnapshot(inside, source.ids[0]!);
    const own = await saveSnapshot(inside, { ...forgotten, time: '2026-01-01T00:00:00Z' });
    replica.wait(DAY);
    expect(await replica.run(source.repository)).toMatchObject({
      removal: {
        state: 'needed',
        reason: expect.stringContaining(own.slice(0, 8)) as string,
        removed: { files: { snapshot: 1, pack: 0 } },
      },
    });
    expect(await readWhole(replica.backend)).toEqual([...source.ids.slice(1), own].sort());
    replica.wait(14 * DAY);
    expect(await replica.run(source.repository)).toMatchObject({ removal: { state: 'done' } });
    expect(await readWhole(replica.backend)).toEqual(source.ids.slice(1).sort());
  });

  test('is kept by storage that forbids removing, and the copy is done', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    const forbidding = new FaultyBackend(replica.backend);
    for (const type of ['snapshot', 'index', 'pack', 'key'] as const)
      forbidding.inject({ operation: 'remove', type, fail: denied, times: Infinity });
    await replica.run(source.repository, {}, forbidding);
    await forgetAndPrune(source, source.ids.slice(0, 1));
    const { id } = await source.addSnapshot({ more: 'more' });
    await replica.run(source.repository, {}, forbidding);
    replica.wait(14 * DAY);
    expect(await replica.run(source.repository, {}, forbidding)).toMatchObject({
      problems: [],
      removal: { state: 'forbidden', reason: expect.stringContaining('forbids removing') as string },
    });
    expect(await readWhole(replica.backend)).toEqual([...source.ids, id].sort());
    expect([...replica.backend.files.keys()].filter((path) => path.startsWith('locks/'))).toEqual([]);
  });

  test('is a key, too, which goes last and opens the replica until then', async () => {
    const source = await createSource();
    const owner = { hostname: 'h', username: 'u' };
    const added = await addKey(source.repository, {
      password: 'second',
      cost: { N: 2, r: 8, p: 1 },
      owner,
      created: '2024-05-06T07:08:09Z',
    });
    const replica = createTestReplica();
    await replica.run(source.repository);
    await removeKey(source.repository, added);
    await forgetAndPrune(source, source.ids.slice(0, 1));
    expect(await replica.run(source.repository)).toMatchObject({
      removal: { state: 'wait', waiting: { files: { key: 1 } } },
    });
    await openRepository(replica.backend, { password: 'second' });
    replica.wait(14 * DAY);
    const watched = new FaultyBackend(replica.backend);
    await replica.run(source.repository, {}, watched);
    const removals = watched.calls.flatMap((call) => /^remove (?!lock)(\w+)/.exec(call)?.[1] ?? []);
    expect([...new Set(removals)]).toEqual(['snapshot', 'index', 'pack', 'key']);
    await expect(openRepository(replica.backend, { password: 'second' })).rejects.toMatchObject({
      code: 'wrong-password',
    });
    expect(namesOf(replica.backend)).toEqual(namesOf(source.backend));
  });

  test('waits while somebody else is at the replica', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await replica.run(source.repository);
    await forgetAndPrune(source, source.ids.slice(0, 1));
    const reader = await openRepository(replica.backend, { password: TEST_PASSWORD });
    const lock = await lockRepository(reader, { lock: 'shared' });
    expect(await replica.run(source.repository, { delay: 0 })).toMatchObject({
      problems: [],
      removal: { state: 'locked' },
    });
    expect(await readWhole(replica.backend)).toHaveLength(3);
    await lock.release();
    expect(await replica.run(source.repository, { delay: 0 })).toMatchObject({ removal: { state: 'done' } });
  });
});

describe('a check', () => {
  test('finds what differs, but not what waits', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    const { recordFolder } = replica;
    const check = (readData = false) => checkReplica(source.repository, replica.backend, { recordFolder, readData });
    await expect(check()).rejects.toMatchObject({ code: 'repository-not-found' });
    await replica.run(source.repository);
    expect(await check()).toEqual({ differences: [], equal: 13, waiting: 0, filesRead: 0, bytesRead: 0 });
    await executeForget(source.repository, await planForgetByName(source.repository, [source.ids[0]!]));
    expect((await check()).differences).toMatchObject([{ kind: 'extra', type: 'snapshot', name: source.ids[0] }]);
    await replica.run(source.repository);
    expect(await check()).toMatchObject({ differences: [], equal: 12, waiting: 1 });
    replica.wait(20 * DAY);
    expect(await check(true)).toMatchObject({ differences: [], waiting: 1, filesRead: 13 });

    const [cut, damaged] = ofType(replica.backend, 'data');
    const [gone] = ofType(replica.backend, 'index');
    const flipped = Buffer.from(replica.backend.files.get(damaged!)!);
    flipped[0]! ^= 1;
    replica.backend.files.set(cut!, Buffer.alloc(3)).set(damaged!, flipped).delete(gone!);
    const kinds = ({ differences }: ReplicaCheck) => differences.map(({ kind, type }) => `${kind} ${type}`).sort();
    expect(kinds(await check())).toEqual(['missing index', 'size pack']);
    expect(kinds(await check(true))).toEqual(['damaged pack', 'damaged pack', 'missing index', 'size pack']);
    await expect(check().then(() => namesOf(source.backend, /^$/))).resolves.toEqual(namesOf(source.backend));
  });
});

describe('together with others', () => {
  test('two runs at once make one replica', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    await Promise.all([replica.run(source.repository), replica.run(source.repository)]);
    expect(new Map([...replica.backend.files].sort())).toEqual(new Map([...source.backend.files].sort()));
    expect(await readWhole(replica.backend)).toHaveLength(3);
  });

  test('a source or a replica that is locked is left alone', async () => {
    const source = await createSource(1);
    const replica = createTestReplica();
    await replica.run(source.repository);
    const inside = await openRepository(replica.backend, { password: TEST_PASSWORD });
    for (const repository of [source.repository, inside]) {
      const lock = await lockRepository(repository, { lock: 'exclusive' });
      await expect(replica.run(source.repository)).rejects.toMatchObject({ code: 'locked' });
      await lock.release();
    }
  });

  test('a source that cannot be written to is read without a lock', async () => {
    const source = await createSource(1);
    const readOnly = new FaultyBackend(source.backend);
    readOnly.inject({ operation: 'save', fail: new CairnError('read-only', 'It is read-only.'), times: Infinity });
    const repository = await openRepository(readOnly, { password: TEST_PASSWORD });
    const replica = createTestReplica();
    await expect(replica.run(repository)).rejects.toMatchObject({ code: 'read-only' });
    expect(await replica.run(repository, { noLock: true })).toMatchObject({ created: true });
  });

  test('a backup that is stored meanwhile comes whole, or the next time', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    const watched = new FaultyBackend(source.backend);
    const added: SnapshotId[] = [];
    const repository = await openRepository(watched, { password: TEST_PASSWORD });
    // Between any two listings.
    const late = (async () => {
      for (let at = 0; at < 10; at++) {
        added.push((await source.addSnapshot({ [`late ${at}`]: `late ${at}` })).id);
        await new Promise(setImmediate);
      }
    })();
    await replica.run(repository);
    expect((await readWhole(replica.backend)).length).toBeGreaterThanOrEqual(3);
    await late;
    await replica.run(repository);
    expect(await readWhole(replica.backend)).toEqual([...source.ids, ...added].sort());
  });
});

describe('faults', () => {
  /** A run in which one call of one side fails, or succeeds and does not say so; then one without. */
  async function strike(side: 'source' | 'replica', call: number, fault: 'fail' | 'failAfter') {
    const source = await createSource(2);
    const replica = createTestReplica();
    await replica.run(source.repository, {});
    await source.addSnapshot({ third: 'third' });
    await forgetAndPrune(source, source.ids.slice(0, 1));
    const [from, to] = [new FaultyBackend(source.backend), new FaultyBackend(replica.backend)];
    const repository = await openRepository(from, { password: TEST_PASSWORD });
    const faulty = side === 'source' ? from : to;
    const before = faulty.calls.length;
    strikeCall(faulty, call, fault);
    const outcome = await replica.run(repository, { delay: 0 }, to).then(
      ({ problems, removal }) => (problems.length > 0 ? 'incomplete' : removal.state),
      (error: unknown) => (error as CairnError).code,
    );
    const wasStruck = faulty.calls.length - before >= call;
    const whole = await readWhole(replica.backend);
    // With the process that failed its locks are gone, too.
    for (const { files } of [source.backend, replica.backend])
      for (const path of [...files.keys()]) if (path.startsWith('locks/')) files.delete(path);
    const second = await replica.run(source.repository, { delay: 0 });
    return {
      wasStruck,
      outcome,
      whole,
      second,
      same: String(namesOf(replica.backend)) === String(namesOf(source.backend)),
    };
  }

  function strikeCall(backend: FaultyBackend, call: number, fault: 'fail' | 'failAfter'): void {
    const error = new CairnError('target-unavailable', 'The storage is away.');
    let left = call;
    for (const operation of ['create', 'save', 'load', 'stat', 'remove', 'list', 'leftovers'] as const) {
      const original = backend[operation].bind(backend) as (...args: unknown[]) => Promise<unknown>;
      Object.assign(backend, {
        [operation]: async (...args: unknown[]) => {
          if (--left !== 0) return original(...args);
          if (fault === 'failAfter') await original(...args);
          else backend.calls.push('struck');
          throw error;
        },
      });
    }
  }

  test.each([
    ['source', 'fail'],
    ['replica', 'fail'],
    ['replica', 'failAfter'],
  ] as const)('of the %s at each call (%s) leave a whole replica, and the next run finishes', async (side, fault) => {
    let struck = 0;
    for (let call = 1; ; call += 8) {
      const cases = await Promise.all(Array.from({ length: 8 }, (_, at) => strike(side, call + at, fault)));
      for (const { wasStruck, outcome, whole, second, same } of cases) {
        if (wasStruck) struck++;
        // What comes after all is done is only told, such as a lock that stays.
        expect(['target-unavailable', 'done', ...(wasStruck ? [] : ['done'])]).toContain(outcome);
        expect(whole.length).toBeGreaterThanOrEqual(1);
        expect(second).toMatchObject({ problems: [] });
        expect(same).toBe(true);
      }
      if (cases.some(({ wasStruck }) => !wasStruck)) break;
    }
    expect(struck).toBeGreaterThan(10);
  });

  test('a full target ends the run, and the next one goes on', async () => {
    const source = await createSource();
    for (let call = 1; call <= 12; call++) {
      const replica = createTestReplica();
      const full = new FaultyBackend(replica.backend);
      const error = new CairnError('disk-full', 'The disk is full.');
      for (const type of ['pack', 'index', 'snapshot'] as const)
        full.inject({ operation: 'save', type, call, fail: error, times: Infinity });
      const run = replica.run(source.repository, {}, full);
      if (call <= 6) await expect(run).rejects.toMatchObject({ code: 'disk-full' });
      else await run;
      await readWhole(replica.backend);
      await replica.run(source.repository);
      expect(await readWhole(replica.backend)).toHaveLength(3);
    }
  });

  test('an abort ends it, and what is stored stays', async () => {
    const source = await createSource();
    const replica = createTestReplica();
    const watched = new FaultyBackend(replica.backend);
    const controller = new AbortController();
    const held = new Promise<void>((resolve) => {
      const save = watched.save.bind(watched);
      watched.save = async (handle, data, options) => {
        await save(handle, data, options);
        if (handle.type !== 'pack' || controller.signal.aborted) return;
        controller.abort();
        resolve();
      };
    });
    await expect(replica.run(source.repository, { signal: controller.signal }, watched)).rejects.toMatchObject({
      code: 'aborted',
    });
    await held;
    expect(ofType(replica.backend, 'data').length).toBeGreaterThan(0);
    expect(
      [...replica.backend.files.keys(), ...source.backend.files.keys()].filter((path) => path.startsWith('locks')),
    ).toEqual([]);
    await replica.run(source.repository);
    expect(await readWhole(replica.backend)).toHaveLength(3);
  });
});
