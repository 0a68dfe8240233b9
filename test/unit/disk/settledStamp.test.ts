import type { BigIntStats } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { settledStamp } from '../../../src/disk/settledTimes.ts';

const MS = 1_000_000n;
const now = BigInt(Date.now()) * MS;
/** On a whole second, as coarse file systems have all their times. */
const second = now - (now % 1_000_000_000n);

// The clock stands still: a slow machine must not make the moment pass.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Number(now / MS) });
});
afterAll(() => {
  vi.useRealTimers();
});

test.each([
  ['an hour ago', now - 3_600_000n * MS + 1n, true],
  ['half a second ago', now - 500n * MS + 1n, true],
  ['this very moment', now, false],
  ['in the future', now + 3_600_000n * MS + 1n, false],
  ['a whole second just over', second, false],
  ['a whole second, one before', second - 1_000n * MS, false],
  ['a whole second, ten before', second - 10_000n * MS, true],
])('a file that was written %s', (_, ctimeNs, isSettled) => {
  const stats = { mtimeNs: 1n, ctimeNs, ino: 2n } as BigIntStats;
  expect(settledStamp(stats)).toEqual(isSettled ? { mtime: 1n, ctime: ctimeNs, inode: 2n } : undefined);
});
