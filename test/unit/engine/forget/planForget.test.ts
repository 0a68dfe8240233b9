import { describe, expect, test } from 'vitest';
import { planForget } from '../../../../src/engine/forget/planForget.ts';
import type { SnapshotFilter } from '../../../../src/repository/snapshots.ts';
import { entry, NOW } from './forgetFixtures.ts';

const ENTRIES = [
  entry('2025-01-01T00:00:00Z', { hostname: 'a', paths: ['/x', '/y'], tags: ['t', 's'] }),
  entry('2025-01-02T00:00:00Z', { hostname: 'b', paths: ['/x'] }),
  entry('2025-01-03T00:00:00Z', { hostname: 'a', paths: ['/y', '/x'], tags: ['s', 't'] }),
  entry('2025-01-04T00:00:00Z', { hostname: 'a', paths: ['/x'], tags: ['s'] }),
];

describe('the filter', () => {
  test.each<[SnapshotFilter, number[]]>([
    [{}, [1, 2, 3, 4]],
    [{ hosts: [], tags: [], paths: [] }, [1, 2, 3, 4]],
    [{ hosts: ['a'] }, [1, 3, 4]],
    [{ hosts: ['a', 'b'] }, [1, 2, 3, 4]],
    [{ tags: [['s']] }, [1, 3, 4]],
    [{ tags: [['s', 't']] }, [1, 3]],
    [{ tags: [['t'], ['']] }, [1, 2, 3]],
    [{ tags: [['', 's']] }, [2]],
    [{ tags: [['s', '']] }, []],
    [{ paths: ['/x'] }, [1, 2, 3, 4]],
    [{ paths: ['/y', '/x'] }, [1, 3]],
    [{ paths: ['/'] }, []],
    [{ hosts: ['a'], tags: [['s']], paths: ['/y'] }, [1, 3]],
  ])('%j', (filter, expected) => {
    const groups = planForget(ENTRIES, { last: 1 }, { now: NOW, filter, groupBy: {} });
    const judged = groups.flatMap(({ keep, remove }) => [...keep.map((kept) => kept.entry), ...remove]);
    expect(judged.map(({ id }) => Number(id.slice(8, 10))).sort()).toEqual(expected);
  });
});
