import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { CairnError } from '../../../src/base/errors.ts';
import { currentProcessIdentity } from '../../../src/disk/processIdentity.ts';
import { isLinux } from '../../../src/disk/system.ts';
import type { LockFile } from '../../../src/repository/lockFile.ts';
import { unlock } from '../../../src/repository/unlock.ts';
import { deadIdentity, foreignLock, MemoryLockStore } from './lockTestbed.ts';

const now = Date.parse('2026-01-02T03:34:05Z');
const freePid = 2 ** 31 - 2;
const young = '2026-01-02T03:33:00Z';
const alive = currentProcessIdentity();

describe('locks left behind', () => {
  test.each<[string, Partial<LockFile>, boolean]>([
    ['elsewhere, 30 minutes old', { time: '2026-01-02T03:04:05Z' }, false],
    ['elsewhere, older', { time: '2026-01-02T03:04:04Z' }, true],
    ['elsewhere, older, in another zone', { time: '2026-01-02T08:34:04+05:30' }, true],
    ['elsewhere, pid unknown here', { time: young, pid: freePid }, false],
    ['from the future', { time: '2030-01-01T00:00:00Z' }, false],
    ['here, pid alive', { time: young, hostname: hostname(), pid: process.pid }, false],
    ['here, pid alive, but old', { time: '2026-01-02T03:00:00Z', hostname: hostname(), pid: process.pid }, true],
    ['here, pid free', { time: young, hostname: hostname(), pid: freePid }, true],
    ['here, no pid', { time: young, hostname: hostname(), pid: 0 }, false],
    ['a living Cairn', { time: young, hostname: hostname(), pid: process.pid, process: alive }, false],
    ['a dead Cairn whose pid was used again', { time: young, pid: process.pid, process: deadIdentity }, true],
    [
      'a Cairn of this host name in another container, of which only Linux knows',
      { time: young, hostname: hostname(), pid: freePid, process: { ...alive, pid: freePid, pidNamespace: 'pid:[1]' } },
      !isLinux,
    ],
  ])('%s', async (_, fields, removed) => {
    const store = new MemoryLockStore();
    const id = store.put(foreignLock(fields));
    const result = await unlock(store, { now });
    expect(result).toEqual(removed ? [{ id, lock: foreignLock(fields) }] : []);
    expect(store.files.has(id)).toBe(!removed);
  });

  test('unreadable and empty ones stay', async () => {
    const store = new MemoryLockStore();
    store.put(Buffer.from('{'));
    store.put(Buffer.alloc(0));
    expect(await unlock(store, { now })).toEqual([]);
    expect(store.files.size).toBe(2);
  });
});

test('everything goes on demand', async () => {
  const store = new MemoryLockStore();
  const ids = [
    store.put(Buffer.from('{')),
    store.put(Buffer.alloc(0)),
    store.put(foreignLock({ time: young, process: alive })),
  ];
  const removed = await unlock(store, { now, removeAll: true });
  expect(removed.map(({ id }) => id)).toEqual(ids);
  expect(removed.map(({ lock }) => lock?.hostname)).toEqual([undefined, undefined, 'elsewhere']);
  expect(store.files.size).toBe(0);
});

test('storage that is gone is an error, not an unreadable lock', async () => {
  const store = new MemoryLockStore();
  store.put(foreignLock());
  store.before = (operation) => {
    if (operation === 'load') throw new CairnError('target-unavailable', 'unplugged');
  };
  await expect(unlock(store, { now, removeAll: true })).rejects.toMatchObject({ code: 'target-unavailable' });
  expect(store.files.size).toBe(1);
});

test('it can be cancelled', async () => {
  const store = new MemoryLockStore();
  store.put(foreignLock({ time: '2001-01-01T00:00:00Z' }));
  await expect(unlock(store, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  expect(store.files.size).toBe(1);
});
