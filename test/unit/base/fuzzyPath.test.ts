import { expect, test } from 'vitest';
import { fuzzyRank } from '../../../src/base/fuzzyPath.ts';

const paths = ['src/engine/prune/planPrune.ts', 'docs/plan.md', 'plan/notes.txt', 'src/parser/lane.ts', 'README.md'];
const found = (typed: string) =>
  paths
    .map((path) => ({ path, rank: fuzzyRank(path, typed) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank!)
    .map(({ path }) => path);

test.each([
  ['plan.md', ['docs/plan.md']],
  ['plan', ['src/engine/prune/planPrune.ts', 'docs/plan.md', 'plan/notes.txt', 'src/parser/lane.ts']],
  ['PRUNE', ['src/engine/prune/planPrune.ts']],
  ['rdme', ['README.md']],
  ['engine plan', ['src/engine/prune/planPrune.ts']],
  ['xyz', []],
  ['', paths],
])('%j', (typed, expected) => expect(found(typed)).toEqual(expected));
