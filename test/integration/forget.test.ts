/** Planning and executing forget on a repository. */
import { describe, expect, test } from 'vitest';
import {
  executeForget,
  planForgetAfterBackup,
  planForgetByName,
  planForgetByPolicy,
} from '../../src/engine/forget/forget.ts';
import type { SnapshotId } from '../../src/repository/format/ids.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { createTestRepository, type TestRepository } from '../helpers/testRepository.ts';

async function idsOf({ repository }: TestRepository): Promise<SnapshotId[]> {
  return (await listSnapshots(repository, { onDamaged: () => {} })).map(({ id }) => id);
}

/** `count` snapshots a minute apart. */
async function withSnapshots(count: number, fields: (at: number) => object = () => ({})) {
  const made = await createTestRepository();
  const ids: SnapshotId[] = [];
  for (let at = 0; at < count; at++) ids.push((await made.addSnapshot({ a: `${at}` }, fields(at))).id);
  return { made, ids };
}

describe('by policy', () => {
  test('removes what the plan says and nothing else', async () => {
    const { made, ids } = await withSnapshots(5);
    const plan = await planForgetByPolicy(made.repository, { last: 2 });
    expect(plan.remove.map(({ id }) => id).sort()).toEqual(ids.slice(0, 3).sort());
    expect(await idsOf(made)).toHaveLength(5);
    const before = new Map(made.backend.files);
    expect((await executeForget(made.repository, plan)).sort()).toEqual(ids.slice(0, 3).sort());
    const gone = [...before.keys()].filter((path) => !made.backend.files.has(path));
    expect(gone.sort()).toEqual(
      ids
        .slice(0, 3)
        .map((id) => `snapshots/${id}`)
        .sort(),
    );
    expect([...made.backend.files.keys()].filter((path) => !before.has(path))).toEqual([]);
  });

  test('never takes the newest of a group, nor one tagged keep', async () => {
    const { made, ids } = await withSnapshots(4, (at) =>
      at < 2 ? { tags: at === 0 ? ['old'] : ['cairn', 'keep'] } : {},
    );
    const plan = await planForgetByPolicy(made.repository, { tags: [['old']] });
    await executeForget(made.repository, plan);
    expect(await idsOf(made)).toEqual([ids[0], ids[1], ids[3]]);
  });

  test('refuses rules that keep nothing of a group, be it by a tag that is mistyped', async () => {
    const { made } = await withSnapshots(4, (at) => (at === 1 ? { tags: ['release', 'keep'] } : {}));
    await expect(planForgetByPolicy(made.repository, { tags: [['relase']] })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/No rule keeps any .* \/work.*relase/s) as string,
    });
    expect(await idsOf(made)).toHaveLength(4);
  });

  test('refuses a policy that says nothing', async () => {
    const { made } = await withSnapshots(2);
    await expect(planForgetByPolicy(made.repository, {})).rejects.toMatchObject({ code: 'usage' });
    await expect(planForgetByPolicy(made.repository, { last: 0 })).rejects.toMatchObject({ code: 'usage' });
    expect(await idsOf(made)).toHaveLength(2);
  });

  test('lets a snapshot stay that cannot be read, and judges the others', async () => {
    const { made, ids } = await withSnapshots(4);
    damage(made, `snapshots/${ids[0]}`);
    const plan = await planForgetByPolicy(made.repository, { last: 1 });
    expect(plan.unreadable).toEqual([ids[0]]);
    await executeForget(made.repository, plan);
    expect([...made.backend.files.keys()].filter((path) => path.startsWith('snapshots/')).sort()).toEqual(
      [`snapshots/${ids[0]}`, `snapshots/${ids[3]}`].sort(),
    );
  });

  test('is refused while another has the repository locked', async () => {
    const { made } = await withSnapshots(3);
    const plan = await planForgetByPolicy(made.repository, { last: 1 });
    await made.repository.writeFile(
      'lock',
      JSON.stringify({ time: new Date().toISOString(), exclusive: false, hostname: 'x', username: 'y', pid: 1 }),
    );
    await expect(executeForget(made.repository, plan)).rejects.toMatchObject({ code: 'locked' });
    expect(await idsOf(made)).toHaveLength(3);
  });

  test('a snapshot that is gone already is as good as removed', async () => {
    const { made, ids } = await withSnapshots(3);
    const plan = await planForgetByPolicy(made.repository, { last: 1 });
    made.backend.files.delete(`snapshots/${ids[0]}`);
    expect(await executeForget(made.repository, plan)).toHaveLength(2);
    expect(await idsOf(made)).toEqual([ids[2]]);
  });

  test('stops when it is cancelled', async () => {
    const { made } = await withSnapshots(3);
    const plan = await planForgetByPolicy(made.repository, { last: 1 });
    const signal = AbortSignal.abort();
    await expect(executeForget(made.repository, plan, { signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(await idsOf(made)).toHaveLength(3);
    expect([...made.backend.files.keys()].filter((path) => path.startsWith('locks/'))).toEqual([]);
  });
});

describe('by name', () => {
  test('takes exactly those, also the newest', async () => {
    const { made, ids } = await withSnapshots(4);
    const plan = await planForgetByName(made.repository, [ids[1]!.slice(0, 10), 'latest', ids[1]!]);
    expect(await executeForget(made.repository, plan)).toEqual([ids[1], ids[3]]);
    expect(await idsOf(made)).toEqual([ids[0], ids[2]]);
  });

  test('refuses one tagged keep unless forced', async () => {
    const { made, ids } = await withSnapshots(2, () => ({ tags: ['keep'] }));
    await expect(planForgetByName(made.repository, [ids[0]!])).rejects.toMatchObject({ code: 'refused' });
    const plan = await planForgetByName(made.repository, [ids[0]!], { force: true });
    expect(plan.remove.map(({ id }) => id)).toEqual([ids[0]]);
  });

  test('takes one that cannot be read only by force', async () => {
    const { made, ids } = await withSnapshots(2);
    damage(made, `snapshots/${ids[0]}`);
    await expect(planForgetByName(made.repository, [ids[0]!])).rejects.toMatchObject({ code: 'repository-damaged' });
    const plan = await planForgetByName(made.repository, [ids[0]!.slice(0, 12)], { force: true });
    await executeForget(made.repository, plan);
    expect([...made.backend.files.keys()].filter((path) => path.startsWith('snapshots/'))).toEqual([
      `snapshots/${ids[1]}`,
    ]);
  });

  test.each([['nothing-like-it'], ['']])('no snapshot "%s"', async (name) => {
    const { made } = await withSnapshots(2);
    await expect(planForgetByName(made.repository, [name])).rejects.toMatchObject({ code: 'snapshot-not-found' });
  });
});

describe('after a backup', () => {
  test('judges the snapshots of the same host and paths only', async () => {
    const { made, ids } = await withSnapshots(6, (at) =>
      at === 0 ? { hostname: 'other' } : at === 1 ? { paths: ['/elsewhere'] } : {},
    );
    const plan = await planForgetAfterBackup(made.repository, { snapshotId: ids[5]!, problems: [] }, { last: 1 });
    await executeForget(made.repository, plan!);
    expect(await idsOf(made)).toEqual([ids[0], ids[1], ids[5]]);
  });

  test('the parent stands for a snapshot that was not made because nothing changed', async () => {
    const { made, ids } = await withSnapshots(3);
    const plan = await planForgetAfterBackup(made.repository, { parent: ids[2]!, problems: [] }, { last: 1 });
    expect(plan?.remove).toHaveLength(2);
  });

  test('nothing goes after a backup that left something out, or made nothing', async () => {
    const { made, ids } = await withSnapshots(3);
    const incomplete = { snapshotId: ids[2]!, problems: [{ path: '/work/a' }] };
    expect(await planForgetAfterBackup(made.repository, incomplete, { last: 1 })).toBeUndefined();
    expect(await planForgetAfterBackup(made.repository, { problems: [] }, { last: 1 })).toBeUndefined();
  });
});

function damage(made: TestRepository, path: string): void {
  const bytes = made.backend.files.get(path)!;
  bytes[20]! ^= 1;
}
