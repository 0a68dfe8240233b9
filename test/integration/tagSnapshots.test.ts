import { describe, expect, test } from 'vitest';
import { tagSnapshots, type TagChange } from '../../src/engine/tagSnapshots.ts';
import { Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { createTestRepository } from '../helpers/testRepository.ts';

describe('tags', () => {
  test.each<[string, readonly string[], TagChange, readonly string[] | undefined]>([
    ['add', ['a'], { add: ['b', 'a', 'b'] }, ['a', 'b']],
    ['add what is there', ['a', 'b'], { add: ['b'] }, undefined],
    ['remove', ['a', 'b', 'a'], { remove: ['a'] }, ['b']],
    ['remove the last', ['a'], { remove: ['a', 'c'] }, []],
    ['remove what is not there', ['a'], { remove: ['b'] }, undefined],
    ['set', ['a', 'b'], { set: ['c', 'c', 'a'] }, ['c', 'a']],
    ['set to what is there', ['a', 'b'], { set: ['a', 'b'] }, undefined],
    ['set to nothing', ['a', 'b'], { set: [''] }, []],
    ['removing wins', ['a'], { add: ['b', 'c'], remove: ['b'] }, ['a', 'c']],
    ['a label', ['cairn'], { label: 'one, two' }, ['cairn', 'label-one%2C two']],
    ['a label in the place of others', ['label-a', 'x', 'label-b'], { label: 'c' }, ['x', 'label-c']],
    ['the label that is there', ['label-a', 'x'], { label: ' a ' }, undefined],
    ['no label', ['label-a', 'x'], { label: '' }, ['x']],
    ['no label where there is none', ['x'], { label: '' }, undefined],
    [
      'a label for a commit, of which the subject stays',
      ['cairn', 'commit', 'commit-abcdef1', 'label-Say why'],
      { label: 'good' },
      ['cairn', 'commit', 'commit-abcdef1', 'subject-Say why', 'label-good'],
    ],
    [
      'another label for a commit',
      ['cairn', 'commit', 'commit-abcdef1', 'subject-Say why', 'label-good'],
      { label: '' },
      ['cairn', 'commit', 'commit-abcdef1', 'subject-Say why'],
    ],
    ['the subject of a commit as its label', ['cairn', 'commit-abcdef1', 'label-a'], { label: 'a' }, undefined],
    ['a label and a tag', [], { label: 'a', add: ['keep'] }, ['keep', 'label-a']],
  ])('%s', async (_what, before, change, after) => {
    const world = await createTestRepository();
    const { repository } = world;
    const made = await world.addSnapshot({ a: '1' }, { tags: before });
    const changed = await tagSnapshots(repository, change);
    const [now] = await listSnapshots(repository);
    if (after === undefined) {
      expect([changed, now!.id]).toEqual([[], made.id]);
      return;
    }
    expect(changed).toEqual([{ before: made.id, after: now!.id, tags: after }]);
    expect(now!.snapshot.tags ?? []).toEqual(after);
    expect(now!.snapshot.original).toBe(made.id);
  });
});

test('all else stays, fields that nobody knows included, and the first id is remembered', async () => {
  const world = await createTestRepository();
  const { repository, backend } = world;
  const made = await world.addSnapshot(
    { a: '1' },
    { tags: ['a'], excludes: ['x'], unknown: { future: { deep: [1, 'x'] } } },
  );
  const [first] = await tagSnapshots(repository, { add: ['b'] });
  const [second] = await tagSnapshots(repository, { add: ['c'] });
  expect(second!.before).toBe(first!.after);
  const [now, ...others] = await listSnapshots(repository);
  expect(others).toEqual([]);
  expect(now!.snapshot).toEqual({ ...made.snapshot, tags: ['a', 'b', 'c'], original: made.id });
  expect([...backend.files.keys()].filter((path) => path.startsWith('locks/'))).toEqual([]);
});

test('only the chosen ones change', async () => {
  const world = await createTestRepository();
  const { repository } = world;
  const ids = [];
  for (const tags of [['a'], ['b'], ['a', 'b'], []]) ids.push((await world.addSnapshot({ a: '1' }, { tags })).id);
  const byFilter = await tagSnapshots(repository, { add: ['x'] }, { filter: { tags: [['a']] } });
  expect(byFilter.map(({ before }) => before)).toEqual([ids[2], ids[0]]);
  const byName = await tagSnapshots(repository, { add: ['y'] }, { snapshots: ['latest', ids[1]!.slice(0, 10)] });
  expect(byName.map(({ before }) => before)).toEqual([ids[3], ids[1]]);
  await expect(tagSnapshots(repository, { add: ['z'] }, { snapshots: ['0000'] })).rejects.toMatchObject({
    code: 'snapshot-not-found',
  });
});

test.each<[string, TagChange]>([
  ['nothing', {}],
  ['nothing, at length', { add: [], remove: [] }],
  ['set and add', { set: ['a'], add: ['b'] }],
  ['set and label', { set: ['a'], label: 'b' }],
])('refuses %s', async (_what, change) => {
  const world = await createTestRepository();
  const { repository } = world;
  await expect(tagSnapshots(repository, change)).rejects.toMatchObject({ code: 'usage' });
});

test('the old file goes only when the new one is there, and stays when it cannot be written', async () => {
  const world = await createTestRepository();
  const { repository, backend } = world;
  const made = await world.addSnapshot({ a: '1' }, { tags: ['a'] });
  const faulty = new FaultyBackend(backend);
  const watched = new Repository(faulty, repository.config, repository.masterKey, repository.keyId);
  faulty.inject({ operation: 'save', type: 'snapshot', fail: new Error('unplugged') });
  await expect(tagSnapshots(watched, { add: ['b'] })).rejects.toThrow('unplugged');
  expect((await listSnapshots(repository)).map(({ id }) => id)).toEqual([made.id]);
  faulty.calls.length = 0;
  const [changed] = await tagSnapshots(watched, { add: ['b'] });
  const changes = faulty.calls.filter((call) => /^(save|remove) snapshot/.test(call));
  expect(changes).toEqual([
    expect.stringContaining(changed!.after.slice(0, 8)),
    expect.stringContaining(made.id.slice(0, 8)),
  ]);
});

test('is refused while another has the repository locked', async () => {
  const world = await createTestRepository();
  const { repository } = world;
  const made = await world.addSnapshot({ a: '1' });
  await repository.writeFile(
    'lock',
    JSON.stringify({ time: new Date().toISOString(), exclusive: false, hostname: 'x', username: 'y', pid: 1 }),
  );
  await expect(tagSnapshots(repository, { add: ['a'] })).rejects.toMatchObject({ code: 'locked' });
  expect((await listSnapshots(repository)).map(({ id }) => id)).toEqual([made.id]);
});

test('one that cannot be read stays, and is told', async () => {
  const world = await createTestRepository();
  const { repository, backend } = world;
  const [bad, good] = [await world.addSnapshot({ a: '1' }), await world.addSnapshot({ a: '2' })];
  backend.files.get(`snapshots/${bad.id}`)![20]! ^= 1;
  const damaged: string[] = [];
  const changed = await tagSnapshots(repository, { add: ['a'] }, { onDamaged: (id) => damaged.push(id) });
  expect([changed.map(({ before }) => before), damaged]).toEqual([[good.id], [bad.id]]);
  expect(backend.files.has(`snapshots/${bad.id}`)).toBe(true);
});
