/** Index files and packs that another program replaces while somebody reads who has no lock, or not yet. */
import { rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { withSession } from '../../src/engine/session.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import type { SnapshotId } from '../../src/repository/format/ids.ts';
import { loadIndex, refreshIndex } from '../../src/repository/index/loadIndex.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { backUp, createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

let repository: Repository;
/** The same, seen through a backend that can be slow. */
let slow: { readonly repository: Repository; readonly backend: FaultyBackend };
let first: SnapshotId;
let second: SnapshotId;

beforeEach(async () => {
  const root = tempFolder();
  const folder = join(root, 'repository');
  const source = join(root, 'source');
  mkdirSync(source);
  repository = await createLocalRepository(folder);
  writeFileSync(join(source, 'old'), randomBytes('old', 300_000));
  writeFileSync(join(source, 'kept'), randomBytes('kept', 300_000));
  first = (await backUp(repository, [source])).snapshotId!;
  rmSync(join(source, 'old'));
  second = (await backUp(repository, [source])).snapshotId!;
  const backend = new FaultyBackend(new LocalBackend(folder));
  slow = { backend, repository: await openRepository(backend, { password: TEST_PASSWORD }) };
});

/** What replaces the index, and one pack by another that has only a part of its content. */
async function forgetAndPrune(): Promise<void> {
  await executeForget(repository, await planForgetByName(repository, [first]));
  await withSession(repository, { lock: 'exclusive' }, async (session) => {
    const plan = await planPrune(session, { graceMs: 0, maxUnused: 0 });
    expect(plan.repack).not.toEqual([]);
    await executePrune(session, testCodecs(), plan);
  });
}

/** Prunes when `work` has listed the index files and is about to read one. */
async function replaceDuring<T>(work: () => Promise<T>): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<void>();
  slow.backend.calls.length = 0;
  slow.backend.inject({ operation: 'load', type: 'index', delay: promise });
  const done = work();
  await expect.poll(() => slow.backend.calls.some((call) => call.startsWith('load index'))).toBe(true);
  await forgetAndPrune();
  resolve();
  return done;
}

test('the index is loaded anew if its files are replaced meanwhile', async () => {
  const index = await replaceDuring(() => loadIndex(slow.repository));
  const [{ snapshot }] = (await listSnapshots(repository)) as [Awaited<ReturnType<typeof listSnapshots>>[number]];
  expect(index.isStored('tree', snapshot.tree)).toBe(true);
  expect([...index.files].sort()).toEqual((await repository.backend.list('index')).map(({ name }) => name).sort());
});

test('a kept index takes in what replaced files that were new to it', async () => {
  const index = await loadIndex(slow.repository);
  index.files.clear();
  expect(await replaceDuring(() => refreshIndex(slow.repository, index))).toBe(true);
});

test('verify without a lock sees no damage', async () => {
  const result = await replaceDuring(() => verify(slow.repository, testCodecs(), { noLock: true }));
  expect(result.findings.filter(({ kind }) => kind === 'index-damaged')).toEqual([]);
});

test('a reader without a lock finds what was moved to another pack', async () => {
  const session = await unlockedSession(repository);
  const { snapshot } = (await listSnapshots(repository)).find(({ id }) => id === second)!;
  await forgetAndPrune();
  const contents: number[] = [];
  for (let trees = [snapshot.tree]; trees.length > 0;) {
    const { nodes } = await session.reader.loadTree(trees.pop()!);
    for (const node of nodes) {
      if (node.subtree) trees.push(node.subtree);
      for (const id of node.content ?? []) contents.push((await session.reader.load('data', id)).length);
    }
  }
  expect(contents.reduce((sum, length) => sum + length, 0)).toBe(300_000);
});
