import type { BigIntStats } from 'node:fs';
import { expect, test } from 'vitest';
import { settlingTime } from '../../../../src/disk/settledTimes.ts';
import { isUnchanged } from '../../../../src/engine/backup/changeDetection.ts';
import type { Node } from '../../../../src/repository/format/node.ts';
import { parseTime } from '../../../../src/repository/format/time.ts';

const MTIME = '2024-02-28T10:00:00.123456789Z';
const CTIME = '2024-02-28T12:00:01.5+02:00';
const PARENT_TIME = parseTime('2024-03-01T00:00:00Z');

const recorded = { name: 'a', type: 'file', mtime: MTIME, ctime: CTIME, size: 5, inode: 7 } as Node;

function stats(changes: Partial<BigIntStats> = {}): BigIntStats {
  const same = { mode: 0o100644n, size: 5n, ino: 7n, mtimeNs: parseTime(MTIME), ctimeNs: parseTime(CTIME) };
  return { ...same, ...changes } as BigIntStats;
}

/** What Windows records of the same file: no inode, and no time of change of its own. */
const recordedOnWindows = { name: 'a', type: 'file', mtime: MTIME, ctime: MTIME, size: 5 } as Node;

test('equal in size, times and inode is unchanged', () => {
  expect(isUnchanged(stats(), recorded, PARENT_TIME, { windows: false })).toBe(true);
});

test('on Windows, equal in size and time of content', () => {
  const isUnchangedThere = (changes: Partial<BigIntStats>, node: Node = recordedOnWindows) =>
    isUnchanged(stats(changes), node, PARENT_TIME, { windows: true });
  for (const same of [{}, { ino: 8n }, { ctimeNs: parseTime(CTIME) - 1n }]) expect(isUnchangedThere(same)).toBe(true);
  for (const other of [{ size: 6n }, { mtimeNs: parseTime(MTIME) + 1n }, { mode: 0o120777n }])
    expect(isUnchangedThere(other)).toBe(false);
  // What another system has recorded of it.
  expect(isUnchangedThere({}, recorded)).toBe(false);
  // It may have been written to after it was read.
  expect(isUnchangedThere({ ctimeNs: PARENT_TIME })).toBe(false);
});

test.each<Partial<BigIntStats>>([
  { size: 6n },
  { ino: 8n },
  { mtimeNs: parseTime(MTIME) + 1n },
  { ctimeNs: parseTime(CTIME) - 1n },
  { mode: 0o120777n },
])('any difference on the disk is a change (case %#)', (difference) => {
  expect(isUnchanged(stats(difference), recorded, PARENT_TIME, { windows: false })).toBe(false);
});

test.each<Partial<Node>>([{ mtime: '2024-02-31T10:00:00Z' }, { ctime: '2024-02-30T00:00:00Z' }, { type: 'symlink' }])(
  'what a hostile or damaged parent records is a change and no failure (case %#)',
  (difference) => {
    expect(isUnchanged(stats(), { ...recorded, ...difference }, PARENT_TIME, { windows: false })).toBe(false);
    expect(isUnchanged(stats(), { ...recordedOnWindows, ...difference }, PARENT_TIME, { windows: true })).toBe(false);
  },
);

test('a file touched within a tick before the parent snapshot is read again', () => {
  const near = parseTime(CTIME) + 20_000_000n;
  expect(isUnchanged(stats(), recorded, near, { windows: false })).toBe(false);
  expect(isUnchanged(stats(), recorded, near + 1n, { windows: false })).toBe(true);
  expect(isUnchanged(stats(), recordedOnWindows, near, { windows: true })).toBe(false);
  expect(isUnchanged(stats(), recordedOnWindows, near + 1n, { windows: true })).toBe(true);
});

test('where the file system keeps whole seconds, a tick is two of them', () => {
  const ctime = '2024-02-28T10:00:01Z';
  const at = (parentTime: bigint) =>
    isUnchanged(stats({ ctimeNs: parseTime(ctime) }), { ...recorded, ctime }, parentTime, { windows: false });
  expect(at(parseTime(ctime) + 2_000_000_000n)).toBe(false);
  expect(at(parseTime(ctime) + 2_000_000_001n)).toBe(true);
});

test.each([
  [0.1234, 0, 21],
  [0.1234, 15, 6],
  [0.1234, 20, 0],
  [0.1234, 5000, 0],
  // A clock that is ahead: the wait is no longer than a tick.
  [0.1234, -90_000, 21],
  // Whole seconds: the file system may keep no more, or only every second one.
  [0, 0, 2001],
  [0, 1999, 2],
  [0, 2000, 0],
])('a file whose time has the fraction %f is settled %i ms later after %i ms', (fraction, later, expected) => {
  const ctime = 1_700_000_000_000_000_000n + BigInt(fraction * 1e9);
  expect(settlingTime(ctime, ctime + BigInt(later) * 1_000_000n)).toBe(expected);
});
