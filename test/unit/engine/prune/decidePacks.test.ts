import { expect, test } from 'vitest';
import { decidePacks, type PruneLimits } from '../../../../src/engine/prune/decidePacks.ts';
import type { PackUsage } from '../../../../src/engine/prune/measurePacks.ts';
import { asId, type PackId } from '../../../../src/repository/format/ids.ts';

const MB = 1024 * 1024;

/** A pack named by a letter; bytes in MiB. */
function pack(name: string, used: number, unused: number, fields: Partial<PackUsage> = {}): PackUsage {
  return {
    id: asId<PackId>(name),
    type: 'data',
    size: (used + unused) * MB,
    usedBlobs: Math.ceil(used),
    unusedBlobs: Math.ceil(unused),
    usedBytes: used * MB,
    unusedBytes: unused * MB,
    duplicateBlobs: 0,
    hasPlainBlobs: false,
    ...fields,
  };
}

function decide(packs: PackUsage[], limits: PruneLimits = {}, version: 1 | 2 = 2, young = ''): string {
  const { keep, remove, repack } = decidePacks(packs, (pack) => young.includes(pack.id), version, limits);
  const names = (list: readonly PackUsage[]) => list.map(({ id }) => id).join('');
  return `keep ${names(keep)} remove ${names(remove)} repack ${names(repack)}`;
}

const small = (letters: string, used = 0.1) => [...letters].map((letter) => pack(letter, used, 0));
const plain = { hasPlainBlobs: true };

test.each<[string, PackUsage[], PruneLimits, 1 | 2, string]>([
  ['nothing', [], {}, 2, 'keep  remove  repack '],
  ['whole packs stay', [pack('a', 16, 0), pack('b', 4, 0)], {}, 2, 'keep ab remove  repack '],
  ['unused packs go', [pack('a', 16, 0), pack('b', 0, 16)], {}, 2, 'keep a remove b repack '],
  ['little stays unused', [pack('a', 99, 1)], {}, 2, 'keep a remove  repack '],
  ['unless all shall go', [pack('a', 99, 1)], { maxUnused: 0 }, 2, 'keep  remove  repack a'],
  ['much is rewritten', [pack('a', 10, 6)], {}, 2, 'keep  remove  repack a'],
  ['unless it may stay', [pack('a', 10, 6)], { maxUnused: 'unlimited' }, 2, 'keep a remove  repack '],
  [
    'the most wasteful first, until little enough is left',
    [pack('a', 15, 1), pack('b', 1, 15), pack('c', 8, 8), pack('d', 200, 0)],
    { maxUnused: 5 * MB },
    2,
    'keep ad remove  repack bc',
  ],
  ['trees always', [pack('a', 99, 1, { type: 'tree' })], {}, 2, 'keep  remove  repack a'],
  ['mixed packs always', [pack('a', 99, 0, { type: 'mixed' })], {}, 2, 'keep  remove  repack a'],
  [
    'tiny packs with something unused always',
    [pack('a', 0.1, 0.1), pack('b', 99, 0)],
    {},
    2,
    'keep b remove  repack a',
  ],
  ['nine small ones stay', small('abcdefghi'), {}, 2, 'keep abcdefghi remove  repack '],
  ['ten are merged', small('abcdefghij'), {}, 2, 'keep  remove  repack abcdefghij'],
  ['ten of some size are not', small('abcdefghij', 4), {}, 2, 'keep abcdefghij remove  repack '],
  ['unless asked for', small('abcdefghij', 4), { repackSmall: true }, 2, 'keep  remove  repack abcdefghij'],
  ['plain trees are compressed', [pack('a', 9, 0, { ...plain, type: 'tree' })], {}, 2, 'keep  remove  repack a'],
  ['not in version 1', [pack('a', 9, 0, { ...plain, type: 'tree' })], {}, 1, 'keep a remove  repack '],
  ['plain data stays', [pack('a', 9, 0, plain)], {}, 2, 'keep a remove  repack '],
  ['unless asked for', [pack('a', 9, 0, plain)], { repackUncompressed: true }, 2, 'keep  remove  repack a'],
  [
    'the largest sum that may be rewritten holds for all, and skips what is too large',
    [pack('a', 1, 15), pack('b', 1, 9), pack('c', 10, 10, { type: 'tree' })],
    { maxUnused: 0, maxRepackSize: 20 * MB },
    2,
    'keep bc remove  repack a',
  ],
])('%s', (_what, packs, limits, version, expected) => {
  expect(decide(packs, limits, version)).toBe(expected);
});

test('young packs stay, whatever is in them, and let nothing else be spared', () => {
  const packs = [pack('a', 0, 16), pack('b', 1, 15), pack('c', 0, 16), pack('d', 10, 6)];
  expect(decide(packs, {}, 2, 'ab')).toBe('keep ab remove c repack d');
});
