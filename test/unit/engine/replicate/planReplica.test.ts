import { expect, test } from 'vitest';
import { doubtSource, planReplica } from '../../../../src/engine/replicate/planReplica.ts';
import { noFiles, type RepositoryFiles } from '../../../../src/engine/replicate/replicaFiles.ts';

const files = (parts: Partial<Record<keyof RepositoryFiles, Record<string, number>>>): RepositoryFiles => ({
  ...noFiles(),
  ...Object.fromEntries(Object.entries(parts).map(([type, sizes]) => [type, new Map(Object.entries(sizes))])),
});

test('what is missing or has another size is copied, in the order of what needs what', () => {
  const source = files({ key: { k: 1 }, snapshot: { s1: 2, s2: 2 }, index: { i: 3 }, pack: { p1: 4, p2: 5, p3: 6 } });
  const replica = files({ snapshot: { s1: 2, old: 2 }, pack: { p1: 4, p2: 1, p0: 9 } });
  expect(planReplica(source, replica)).toEqual({
    copy: [
      { type: 'pack', name: 'p2', size: 5, replaces: 1 },
      { type: 'pack', name: 'p3', size: 6 },
      { type: 'index', name: 'i', size: 3 },
      { type: 'snapshot', name: 's2', size: 2 },
      { type: 'key', name: 'k', size: 1 },
    ],
    surplus: [
      { type: 'pack', name: 'p0', size: 9 },
      { type: 'snapshot', name: 'old', size: 2 },
    ],
  });
});

test('two that are equal have nothing to do', () => {
  const same = files({ key: { k: 1 }, snapshot: { s: 2 }, index: { i: 3 }, pack: { p: 4 } });
  expect(planReplica(same, same)).toEqual({ copy: [], surplus: [] });
});

test('a source that lost what it must have is not believed', () => {
  const whole = files({ snapshot: { s: 1 }, index: { i: 1 }, pack: { p: 1 } });
  expect(doubtSource(whole, whole)).toBeUndefined();
  expect(doubtSource(noFiles(), noFiles())).toBeUndefined();
  expect(doubtSource(files({ index: { i: 1 }, pack: { p: 1 } }), whole)).toMatch(/no snapshot any more.* has 1\./);
  expect(doubtSource(files({ snapshot: { s: 1 }, pack: { p: 1 } }), whole)).toMatch(/no index file/);
  expect(doubtSource(files({ snapshot: { s: 1 }, index: { i: 1 } }), whole)).toMatch(/no pack/);
  // A snapshot of nothing at all needs no pack.
  expect(doubtSource(files({ snapshot: { s: 1 } }), files({ snapshot: { s: 1 } }))).toBeUndefined();
});
