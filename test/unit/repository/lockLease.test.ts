import { describe, expect, test } from 'vitest';
import { CairnError } from '../../../src/base/errors.ts';
import type { RepositoryLock } from '../../../src/repository/lockTypes.ts';
import { acquireLock } from '../../../src/repository/lock.ts';
import { LockLease } from '../../../src/repository/lockLease.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { acquireOptions, foreignLock, MemoryLockStore } from './lockTestbed.ts';

const second = 1000;

function setUp() {
  const clock = new FakeClock();
  const store = new MemoryLockStore();
  const lease = new LockLease(() => acquireLock(store, acquireOptions(clock)), { clock });
  /** Uses the lock for so long; returns it. */
  const use = (milliseconds: number): Promise<RepositoryLock> =>
    lease.use(async (lock) => {
      await lock.ensureHeld();
      await clock.sleep(milliseconds);
      lock.check();
      return lock;
    });
  return { clock, store, lease, use };
}

describe('a lock on lease', () => {
  test('nothing happens before the first use', async () => {
    const { clock, store, lease } = setUp();
    await clock.advance(60 * second);
    await lease.release();
    expect(store.log).toEqual([]);
  });

  test('one lock serves those that run at the same time and those that follow soon', async () => {
    const { clock, store, use } = setUp();
    const [a, b] = await clock.run(Promise.all([use(500), use(900)]));
    await clock.advance(29 * second);
    const c = await clock.run(use(10));
    await clock.advance(29 * second);
    const d = await clock.run(use(10));
    expect([b, c, d]).toEqual([a, a, a]);
    expect(store.log.filter((line) => line.startsWith('save'))).toEqual(['save 1']);
    expect(store.files.size).toBe(1);
  });

  test('it is given back 30 s after the last use, and nothing is left running', async () => {
    const { clock, store, use } = setUp();
    const first = await clock.run(use(10));
    await clock.advance(30 * second - 1);
    expect(store.files.size).toBe(1);
    await clock.advance(1);
    expect(store.files.size).toBe(0);
    expect(clock.sleeping).toBe(0);
    const next = await clock.run(use(10));
    expect(next).not.toBe(first);
  });

  test('a long use holds it as long as it takes', async () => {
    const { clock, store, use } = setUp();
    await clock.run(use(3600 * second));
    expect(store.files.size).toBe(1);
    await clock.advance(30 * second);
    expect(store.files.size).toBe(0);
  });

  test('a use that fails leaves the lock to the others', async () => {
    const { clock, store, lease, use } = setUp();
    const first = await clock.run(use(10));
    await expect(lease.use(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await clock.run(use(10))).toBe(first);
    await clock.advance(30 * second);
    expect(store.files.size).toBe(0);
  });

  test('a repository that is locked is tried again at the next use', async () => {
    const { clock, store, use } = setUp();
    const other = store.put(foreignLock({ exclusive: true }));
    await expect(clock.run(Promise.all([use(1), use(1)]))).rejects.toMatchObject({ code: 'locked' });
    store.files.delete(other);
    (await clock.run(use(1))).check();
  });

  test('so is one whose confirmation failed', async () => {
    const { clock, store, use } = setUp();
    store.before = (operation) => void (operation === 'save' && store.put(foreignLock({ exclusive: true })));
    await expect(clock.run(use(1))).rejects.toMatchObject({ code: 'locked' });
    store.before = () => {};
    store.files.clear();
    (await clock.run(use(1))).check();
    await clock.advance(30 * second);
    expect(store.files.size).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  test('a lock that was lost is replaced, while those who used it learn of the loss', async () => {
    const { clock, store, use } = setUp();
    const long = use(600 * second);
    long.catch(() => {});
    await clock.advance(second);
    store.files.clear();
    await clock.advance(300 * second);
    const next = await clock.run(use(1));
    next.check();
    await expect(clock.run(long)).rejects.toMatchObject({ code: 'lock-lost' });
    await clock.advance(30 * second);
    expect(store.files.size).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  test('release gives it back at once', async () => {
    const { clock, store, lease, use } = setUp();
    await clock.run(use(1));
    await lease.release();
    expect(store.files.size).toBe(0);
    expect(clock.sleeping).toBe(0);
    await lease.release();
  });

  test('release waits for those who use it', async () => {
    const { clock, store, lease, use } = setUp();
    const work = use(5 * second);
    await clock.advance(second);
    const start = clock.now();
    await clock.run(lease.release());
    expect(clock.now() - start).toBe(4 * second + 200);
    await work;
    expect(store.files.size).toBe(0);
  });

  test('release says when the lock file could not be removed', async () => {
    const { clock, store, lease, use } = setUp();
    await clock.run(use(1));
    store.before = () => {
      throw new CairnError('target-unavailable', 'unplugged');
    };
    await expect(lease.release()).rejects.toMatchObject({ code: 'target-unavailable' });
  });
});
