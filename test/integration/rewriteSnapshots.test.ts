/** Snapshots without some of their files: what becomes of them, and of what was there before. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { rewriteSnapshots, type RewriteSnapshotsOptions } from '../../src/engine/rewrite/rewriteSnapshots.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { listSnapshots, loadSnapshot, saveSnapshot } from '../../src/repository/snapshots.ts';
import { Craft } from '../helpers/craftRepository.ts';
import { FaultyBackend, type Fault } from '../helpers/faultyBackend.ts';
import { testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { restore } from '../helpers/restoring.ts';
import { createStage, placeOf, type Stage } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage(
    { 'a.txt': 'alpha', 'secret.env': 'password', 'sub/deep/b.log': 'beta', 'sub/c.txt': 'gamma' },
    { 'a.txt': 'alpha, longer', 'secret.env': 'password', 'sub/deep/b.log': 'beta', 'sub/c.txt': 'gamma' },
  );
});

const excluding = (...patterns: string[]) => ({ excludes: { patterns } });

async function rewrite(options: RewriteSnapshotsOptions, repository: Repository = stage.repository) {
  const paths: string[] = [];
  const snapshots = await rewriteSnapshots(repository, { ...options, onLeftOut: (path) => paths.push(path) });
  return { snapshots, paths: paths.sort() };
}

async function over(...faults: Fault[]): Promise<{ repository: Repository; calls: string[] }> {
  const backend = new FaultyBackend(new LocalBackend(stage.folder));
  const repository = await openRepository(backend, { password: TEST_PASSWORD });
  faults.forEach((fault) => backend.inject(fault));
  return { repository, calls: backend.calls };
}

const idsOf = async () => (await listSnapshots(stage.repository)).map(({ id }) => id);
/** A pack that an interrupted run left is no loss. */
const findings = async () => {
  const verified = await verify(stage.repository, testCodecs(), { readData: true, noLock: true });
  return verified.findings.filter(({ severity }) => severity !== 'hint');
};

test('what is left out is told once, the rest stays, and the originals do, too', async () => {
  const before = await loadSnapshot(stage.repository, stage.ids[1]!);
  const { snapshots, paths } = await rewrite(excluding('*.log', '/secret.env'));
  expect(paths).toEqual(['/secret.env', '/sub/deep/b.log']);
  expect(snapshots.map(({ before: id, isRemoved }) => [id, isRemoved])).toEqual(
    stage.ids.toReversed().map((id) => [id, false]),
  );
  const after = await loadSnapshot(stage.repository, snapshots[0]!.after!);
  const summary = { ...before.summary!, totalFilesProcessed: 2, totalBytesProcessed: 18 };
  delete summary.changedAt;
  expect(after).toEqual({
    ...before,
    tree: after.tree,
    original: stage.ids[1],
    tags: ['rewrite'],
    unread: ['/secret.env', '/sub/deep/b.log'],
    summary,
  });
  expect((await idsOf()).length).toBe(4);
  expect(await findings()).toEqual([]);
});

test('a restore that deletes spares on the disk what was left out', async () => {
  const { snapshots } = await rewrite({ ...excluding('secret.env'), forget: true });
  const { result } = await restore(stage.repository, {
    snapshot: snapshots[0]!.after!,
    destination: stage.source,
    delete: { isIgnored: () => false },
  });
  expect(result.problems).toEqual([]);
  expect(existsSync(join(stage.source, 'secret.env'))).toBe(true);
});

test('without the originals, prune removes the content for good', async () => {
  const { blob } = await placeOf(stage, stage.ids[0]!, 'secret.env');
  await rewrite({ ...excluding('secret.env'), forget: true });
  const session = await unlockedSession(stage.repository);
  await executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0 }));
  expect((await unlockedSession(stage.repository)).index.isStored('data', blob)).toBe(false);
  expect(await findings()).toEqual([]);
});

test('what is done already is not done again', async () => {
  const first = await rewrite(excluding('*.log'));
  const ids = await idsOf();
  const again = await rewrite({ ...excluding('*.log'), snapshots: stage.ids });
  expect(again.snapshots).toEqual(first.snapshots);
  expect(await idsOf()).toEqual(ids);
  expect((await rewrite(excluding('*.zip'))).snapshots).toEqual([]);
});

test('a pretended one writes nothing', async () => {
  const { repository, calls } = await over();
  const { snapshots, paths } = await rewrite({ ...excluding('*.log'), forget: true, dryRun: true }, repository);
  expect([snapshots.length, paths]).toEqual([2, ['/sub/deep/b.log']]);
  expect(calls.filter((call) => /^(save|remove)/.test(call))).toEqual([]);
});

test('a snapshot without a summary gets one when asked for', async () => {
  const bare = { ...(await loadSnapshot(stage.repository, stage.ids[0]!)), hostname: 'bare' };
  delete bare.summary;
  const id = await saveSnapshot(stage.repository, bare);
  const { snapshots } = await rewrite({ addSummary: true });
  expect(snapshots.map(({ before }) => before)).toEqual([id]);
  const { summary, tree } = await loadSnapshot(stage.repository, snapshots[0]!.after!);
  expect(tree).toBe(bare.tree);
  expect([summary?.totalFilesProcessed, summary?.totalBytesProcessed, summary?.filesNew]).toEqual([4, 22, 0]);
});

test('who says nothing to do is told so', async () => {
  await expect(rewrite({})).rejects.toMatchObject({ code: 'usage' });
});

describe('whatever fails', () => {
  test('trees come first, then the index, then snapshots, and an original goes last', async () => {
    const { repository, calls } = await over();
    await rewrite({ ...excluding('*.log'), forget: true }, repository);
    const changes = calls
      .map((call) => call.split(' ').slice(0, 2).join(' '))
      .filter((call) => /^(save|remove)/.test(call) && !call.endsWith('lock'));
    expect(changes).toEqual([
      'save pack',
      'save index',
      ...Array.from({ length: 2 }, () => ['save snapshot', 'remove snapshot']).flat(),
    ]);
  });

  test.each<[string, Fault, number]>([
    ['a tree cannot be stored', { operation: 'save', type: 'pack' }, 2],
    ['the index cannot be stored', { operation: 'save', type: 'index' }, 2],
    ['a snapshot cannot be stored', { operation: 'save', type: 'snapshot', call: 2 }, 2],
    ['an original cannot be removed', { operation: 'remove', type: 'snapshot' }, 3],
  ])('%s: nothing is lost, and a second run finishes', async (_name, fault, count) => {
    const fail = new CairnError('storage-error', 'no');
    const { repository } = await over({ ...fault, fail });
    const options = { ...excluding('*.log'), forget: true };
    await expect(rewrite(options, repository)).rejects.toBe(fail);
    expect((await idsOf()).length).toBe(count);
    await rewrite(options);
    const left = await listSnapshots(stage.repository);
    expect(left.map(({ snapshot }) => snapshot.original)).toEqual(stage.ids);
    expect(await findings()).toEqual([]);
  });

  test('storage that takes no removals keeps both, and this is said', async () => {
    const fail = new CairnError('permission-denied', 'The storage forbids removal (append-only).');
    const { repository } = await over({ operation: 'remove', type: 'snapshot', times: 9, fail });
    const failed = rewrite({ ...excluding('*.log'), forget: true }, repository);
    await expect(failed).rejects.toThrow(
      new RegExp(`append-only.* The snapshot \\w{8} is stored, and ${stage.ids[1]!.slice(0, 8)}, .* is there still`),
    );
  });

  test('a folder that would lose more is refused before anything changes', async () => {
    const folder = join(tempFolder(), 'repository');
    const craft = await Craft.create(folder);
    const plain = await craft.tree([await craft.file('a.txt', 'a'), await craft.file('b.log', 'b')]);
    const json = await (await unlockedSession(craft.repository)).reader.load('tree', plain);
    const odd = Buffer.from(json.toString().replace('"uid"', '"of_tomorrow":1,"uid"'));
    const tree = await craft.blob('tree', odd);
    await saveSnapshot(craft.repository, { time: '2024-05-06T07:08:09Z', tree, paths: ['/work'], hostname: 'crafted' });
    await expect(rewrite({ ...excluding('b.log'), forget: true }, craft.repository)).rejects.toMatchObject({
      code: 'repository-unsupported',
      message: expect.stringContaining('folder "/"') as string,
    });
    expect((await listSnapshots(craft.repository)).map(({ snapshot }) => snapshot.tree)).toEqual([tree]);
    expect((await rewrite({ ...excluding('*.zip'), forget: true }, craft.repository)).snapshots).toEqual([]);
  });
});
