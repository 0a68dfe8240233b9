import { describe, expect, test } from 'vitest';
import { groupSnapshots, parseGroupBy } from '../../../../src/engine/forget/groupSnapshots.ts';
import { entry } from './forgetFixtures.ts';

const ENTRIES = [
  entry('2025-01-01T00:00:00Z', { hostname: 'a', paths: ['/x', '/y'], tags: ['t', 's'] }),
  entry('2025-01-02T00:00:00Z', { hostname: 'b', paths: ['/x'] }),
  entry('2025-01-03T00:00:00Z', { hostname: 'a', paths: ['/y', '/x'], tags: ['s', 't'] }),
  entry('2025-01-04T00:00:00Z', { hostname: 'a', paths: ['/x'], tags: ['s'] }),
];
const days = (entries: readonly { id: string }[]) => entries.map(({ id }) => Number(id.slice(8, 10)));

describe('groupSnapshots', () => {
  test.each([
    [
      'host,paths',
      [
        { host: 'a', paths: ['/x', '/y'] },
        { host: 'b', paths: ['/x'] },
        { host: 'a', paths: ['/x'] },
      ],
      [[1, 3], [2], [4]],
    ],
    ['host', [{ host: 'a' }, { host: 'b' }], [[1, 3, 4], [2]]],
    [
      'paths',
      [{ paths: ['/x', '/y'] }, { paths: ['/x'] }],
      [
        [1, 3],
        [2, 4],
      ],
    ],
    ['tags', [{ tags: ['s', 't'] }, { tags: [] }, { tags: ['s'] }], [[1, 3], [2], [4]]],
    ['', [{}], [[1, 2, 3, 4]]],
  ])('by %j', (groupBy, keys, members) => {
    const groups = groupSnapshots(ENTRIES, parseGroupBy(groupBy));
    expect(groups.map((group) => group.key)).toEqual(keys);
    expect(groups.map((group) => days(group.entries))).toEqual(members);
  });

  test('leaves the order of paths in the snapshot alone', () => {
    groupSnapshots(ENTRIES);
    expect(ENTRIES[2]!.snapshot.paths).toEqual(['/y', '/x']);
  });

  test('who changed something makes no group of its own', () => {
    const turns = ['turn-1', 'turn-2'].map((turn, at) =>
      entry(`2025-01-0${at + 1}T00:00:00Z`, { tags: ['cairn', 'save', 'actor-agent', 'agent-x', turn] }),
    );
    const groups = groupSnapshots(turns, { tags: true });
    expect(groups.map(({ key, entries }) => [key.tags, entries.length])).toEqual([[['cairn', 'save'], 2]]);
  });

  test('a snapshot without a host has a group of its own', () => {
    const { hostname, ...rest } = entry('2025-01-01T00:00:00Z').snapshot;
    expect(hostname).toBe('host');
    expect(groupSnapshots([{ id: ENTRIES[0]!.id, snapshot: rest }])[0]?.key.host).toBe('');
  });

  test('refuses an unknown property', () => {
    expect(() => parseGroupBy('host,user')).toThrow(/"user"/);
  });
});
