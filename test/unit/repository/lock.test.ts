import { describe, expect, test } from 'vitest';
import { CairnError } from '../../../src/base/errors.ts';
import { currentProcessIdentity } from '../../../src/disk/processIdentity.ts';
import type { RepositoryLock } from '../../../src/repository/lockTypes.ts';
import { acquireLock, type AcquireOptions } from '../../../src/repository/lock.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { acquireOptions, deadIdentity, foreignLock, MemoryLockStore, owner } from './lockTestbed.ts';

const minute = 60_000;
const locked: unknown = expect.objectContaining({ code: 'locked' });
const aborted: unknown = expect.objectContaining({ code: 'aborted' });
const lost: unknown = expect.objectContaining({ code: 'lock-lost' });

function setUp() {
  const clock = new FakeClock();
  const store = new MemoryLockStore();
  const acquire = (fields: Partial<AcquireOptions> = {}) => acquireLock(store, acquireOptions(clock, fields));
  /** Acquires and waits for the confirmation. */
  const hold = async (fields: Partial<AcquireOptions> = {}): Promise<RepositoryLock> => {
    const lock = await clock.run(acquire(fields));
    await clock.run(lock.confirmed);
    store.log.length = 0;
    return lock;
  };
  return { clock, store, acquire, hold };
}

describe('what stands against a lock', () => {
  test.each<[wanted: string, other: string, free: boolean]>([
    ['shared', 'shared', true],
    ['shared', 'exclusive', false],
    ['exclusive', 'shared', false],
    ['exclusive', 'exclusive', false],
  ])('%s beside %s of another: %s', async (wanted, other, free) => {
    const { clock, store, acquire } = setUp();
    const there = store.put(foreignLock({ exclusive: other === 'exclusive' }));
    const attempt = clock.run(acquire({ exclusive: wanted === 'exclusive' }));
    if (free) {
      await clock.run((await attempt).confirmed);
      expect(store.files.size).toBe(2);
    } else {
      await expect(attempt).rejects.toEqual(locked);
      expect([...store.files.keys()]).toEqual([there]);
    }
  });

  test.each([[false, true] as const, [true, false] as const])(
    'own locks go by the same rules: exclusive %s, then %s',
    async (first, second) => {
      const { clock, acquire, hold } = setUp();
      const lock = await hold({ exclusive: first });
      await expect(acquire({ exclusive: second })).rejects.toEqual(locked);
      await lock.release();
      const next = await acquire({ exclusive: second });
      await clock.run(next.confirmed);
    },
  );

  test('the message names the holder and what to do', async () => {
    const { store, acquire } = setUp();
    const id = store.put(foreignLock({ exclusive: true, hostname: 'else\nwhere' }));
    await expect(acquire()).rejects.toMatchObject({
      message: expect.stringMatching(
        /exclusively locked by PID 123 on host else\\x0awhere by user you since 2026-01-02T03:04:00Z .*"cairn unlock"/,
      ) as unknown,
      details: { lock: id, exclusive: true, pid: 123, hostname: 'else\\x0awhere', username: 'you' },
    });
  });

  test('how old a lock is plays no role', async () => {
    const { store, acquire } = setUp();
    store.put(foreignLock({ exclusive: true, time: '2001-01-01T00:00:00Z' }));
    await expect(acquire()).rejects.toEqual(locked);
  });

  test('an empty lock file is passed over', async () => {
    const { clock, store, hold } = setUp();
    const empty = store.put(Buffer.alloc(0));
    await (await hold({ exclusive: true })).release();
    expect([...store.files.keys()]).toEqual([empty]);
    expect(clock.sleeping).toBe(0);
  });
});

describe('locks that vanish or cannot be read', () => {
  test('one that vanishes between list and load is not there', async () => {
    const { clock, store, acquire } = setUp();
    const id = store.put(foreignLock({ exclusive: true }));
    store.before = (operation) => void (operation === 'load' && store.files.delete(id));
    const start = clock.now();
    await clock.run(acquire());
    expect(store.log).toEqual(['list', 'load 1', 'list', 'save 2']);
    expect(clock.now()).toBe(start);
  });

  test('one that was refreshed in between is found under its new name', async () => {
    const { clock, store, acquire } = setUp();
    const id = store.put(foreignLock({ exclusive: true }));
    store.before = (operation) => {
      if (operation === 'load' && store.files.delete(id)) store.put(foreignLock({ exclusive: true }));
    };
    await expect(clock.run(acquire())).rejects.toEqual(locked);
  });

  test.each<[string, (store: MemoryLockStore) => void]>([
    ['is no JSON', (store) => store.put(Buffer.from('{'))],
    ['is far too large', (store) => store.put(Buffer.alloc(1_000_000, 32))],
    [
      'the storage fails to read',
      (store) => {
        store.put(foreignLock());
        store.before = (operation) => {
          if (operation === 'load') throw new CairnError('storage-error', 'EIO');
        };
      },
    ],
  ])('one that %s is tried again after 0, 5, 10 and 20 seconds', async (_, prepare) => {
    const { clock, store, acquire } = setUp();
    prepare(store);
    const start = clock.now();
    const looks: number[] = [];
    const { before } = store;
    store.before = (operation, id) => {
      if (operation === 'list') looks.push((clock.now() - start) / 1000);
      return before(operation, id);
    };
    await expect(clock.run(acquire())).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining('unlock --remove-all') as unknown,
    });
    expect(looks).toEqual([0, 0, 5, 15, 35]);
    expect(store.files.size).toBe(1);
  });

  test('a damaged lock does not hide that another stands against ours', async () => {
    const { store, acquire } = setUp();
    store.put(Buffer.from('{'));
    store.put(foreignLock({ exclusive: true }));
    await expect(acquire()).rejects.toMatchObject({ code: 'locked', details: { pid: 123 } });
  });

  test('storage that is gone is not asked again', async () => {
    const { clock, store, acquire } = setUp();
    store.put(foreignLock());
    store.before = (operation) => {
      if (operation === 'load') throw new CairnError('target-unavailable', 'unplugged');
    };
    await expect(acquire()).rejects.toMatchObject({ code: 'target-unavailable' });
    expect(clock.sleeping).toBe(0);
  });
});

describe('locks left behind', () => {
  test.each([false, true])('that of a dead Cairn of this host is removed (exclusive %s)', async (exclusive) => {
    const { hold, store } = setUp();
    store.put(foreignLock({ exclusive, process: deadIdentity }));
    const lock = await hold({ exclusive: true });
    expect([...store.files.keys()]).toEqual([lock.id]);
  });

  test.each([
    ['a living Cairn of this host', { process: currentProcessIdentity() }],
    ['a dead Cairn of another host', { process: { ...deadIdentity, hostname: 'another' } }],
    // By what only Linux knows of.
    ['a dead Cairn of another machine', { process: { ...deadIdentity, machine: 'another', platform: 'linux' } }],
    ['a dead Cairn in another container', { process: { ...deadIdentity, pidNamespace: 'pid:[1]', platform: 'linux' } }],
    ['a restic of this host whose pid is free', { hostname: owner.hostname, pid: 2 ** 31 - 2 }],
  ])('that of %s is kept', async (_, fields) => {
    const { acquire, store } = setUp();
    const id = store.put(foreignLock({ exclusive: true, ...fields }));
    await expect(acquire()).rejects.toEqual(locked);
    expect([...store.files.keys()]).toEqual([id]);
  });

  test('one that another Cairn removes at the same time is just as gone', async () => {
    const { hold, store } = setUp();
    const id = store.put(foreignLock({ exclusive: true, process: deadIdentity }));
    store.before = (operation) => void (operation === 'remove' && store.files.delete(id));
    await hold();
    expect(store.files.size).toBe(1);
  });

  test('one that we gave back while the drive was unplugged is removed when it is met again', async () => {
    const { hold, store } = setUp();
    const lock = await hold({ exclusive: true });
    store.before = () => {
      throw new CairnError('target-unavailable', 'unplugged');
    };
    await expect(lock.release()).rejects.toMatchObject({ code: 'target-unavailable' });
    store.before = () => {};
    const next = await hold({ exclusive: true });
    expect([...store.files.keys()]).toEqual([next.id]);
  });
});

describe('acquiring', () => {
  test('looks, writes, and looks again 200 ms later at all but its own', async () => {
    const { clock, store, acquire } = setUp();
    const start = clock.now();
    const lock = await acquire({ exclusive: true });
    expect(store.log).toEqual(['list', 'save 1']);
    expect(store.locks).toEqual([
      {
        time: '2026-01-02T03:04:05.000Z',
        exclusive: true,
        ...owner,
        // Not the name of the host, so that "restic unlock" sends no signal to the holder.
        hostname: 'here (Cairn)',
        pid: process.pid,
        process: currentProcessIdentity(),
      },
    ]);
    expect(() => lock.check()).toThrow('not confirmed');
    await clock.run(lock.confirmed);
    expect(clock.now() - start).toBe(200);
    expect(store.log).toEqual(['list', 'save 1', 'list']);
    expect(lock.exclusive).toBe(true);
    lock.check();
  });

  test('a lock that appears meanwhile wins: ours is removed', async () => {
    const { clock, store, acquire } = setUp();
    const lock = await acquire();
    const other = store.put(foreignLock({ exclusive: true }));
    await expect(clock.run(lock.confirmed)).rejects.toEqual(locked);
    expect([...store.files.keys()]).toEqual([other]);
    expect(lock.expired).toBe(true);
    expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'locked' }));
    await expect(lock.ensureHeld()).rejects.toEqual(locked);
    await lock.release();
  });

  test.each([
    [100, 0],
    [151, 200],
    [3000, 200],
  ])('when writing takes %d ms, it waits %d ms itself', async (duration, wait) => {
    const { clock, store, acquire } = setUp();
    store.before = (operation) => (operation === 'save' ? clock.sleep(duration) : undefined);
    const start = clock.now();
    const lock = await clock.run(acquire());
    expect(clock.now() - start).toBe(duration + wait);
    await clock.run(lock.confirmed);
    expect(clock.now() - start).toBe(duration + 200);
  });

  test('what the storage fails with is thrown', async () => {
    const { store, acquire } = setUp();
    store.before = (operation) => {
      if (operation === 'save') throw new CairnError('read-only', 'no');
    };
    await expect(acquire()).rejects.toMatchObject({ code: 'read-only' });
    expect(store.files.size).toBe(0);
  });

  test('cancelled before it begins', async () => {
    const { store, acquire } = setUp();
    await expect(acquire({ signal: AbortSignal.abort() })).rejects.toEqual(aborted);
    expect(store.log).toEqual([]);
  });

  test('cancelled while it waits for the second look', async () => {
    const { store, acquire } = setUp();
    const controller = new AbortController();
    const lock = await acquire({ signal: controller.signal });
    controller.abort();
    await expect(lock.confirmed).rejects.toEqual(aborted);
    expect(store.files.size).toBe(0);
  });

  test('cancelled while it waits for an unreadable lock', async () => {
    const { clock, store, acquire } = setUp();
    store.put(Buffer.from('{'));
    const controller = new AbortController();
    const attempt = acquire({ signal: controller.signal });
    attempt.catch(() => {});
    await clock.advance(7000);
    controller.abort();
    await expect(attempt).rejects.toEqual(aborted);
  });

  test('once held, the signal has no say', async () => {
    const { hold } = setUp();
    const controller = new AbortController();
    const lock = await hold({ signal: controller.signal });
    controller.abort();
    lock.check();
    await lock.release();
  });
});

describe('waiting for another to be done', () => {
  test('tries after 5, 10, 20, 40, 60 s and so on, and a last time at the end', async () => {
    const { clock, store, acquire } = setUp();
    store.put(foreignLock({ exclusive: true }));
    const start = clock.now();
    const tries: number[] = [];
    store.before = (operation) => void (operation === 'list' && tries.push((clock.now() - start) / 1000));
    await expect(clock.run(acquire({ retryLockMs: 4 * minute }))).rejects.toEqual(locked);
    expect(tries).toEqual([0, 5, 15, 35, 75, 135, 195, 240]);
  });

  test('takes the lock once it is free, and resolves only when it is confirmed', async () => {
    const { clock, store, acquire } = setUp();
    const other = store.put(foreignLock({ exclusive: true }));
    const attempt = acquire({ retryLockMs: minute });
    await clock.advance(6000);
    store.files.delete(other);
    const lock = await clock.run(attempt);
    lock.check();
  });

  test('a race that is lost is tried again too', async () => {
    const { clock, store, acquire } = setUp();
    store.before = (operation) => {
      if (operation === 'save') store.put(foreignLock({ exclusive: true }));
      if (operation === 'remove') store.before = () => {};
    };
    const attempt = acquire({ retryLockMs: minute });
    await clock.advance(1000);
    expect(store.locks.map((lock) => lock.hostname)).toEqual(['elsewhere']);
    store.files.clear();
    (await clock.run(attempt)).check();
  });

  test('can be cancelled', async () => {
    const { clock, store, acquire } = setUp();
    store.put(foreignLock({ exclusive: true }));
    const controller = new AbortController();
    const attempt = acquire({ retryLockMs: 60 * minute, signal: controller.signal });
    attempt.catch(() => {});
    await clock.advance(minute);
    controller.abort();
    await expect(attempt).rejects.toEqual(aborted);
  });
});

describe('holding', () => {
  test('every five minutes a new file is written, then the old one removed', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    const first = lock.id;
    await clock.advance(5 * minute);
    expect(store.log).toEqual(['list', 'save 2', 'remove 1']);
    expect(lock.id).not.toBe(first);
    expect([...store.files.keys()]).toEqual([lock.id]);
    expect(store.locks[0]?.time).toBe('2026-01-02T03:09:05.200Z');
    await clock.advance(10 * minute);
    const written = ['list', 'save 2', 'remove 1', 'list', 'save 3', 'remove 2', 'list', 'save 4', 'remove 3'];
    expect(store.log).toEqual(written);
    lock.check();
  });

  test('refreshes that fail are survived for 22.5 minutes', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    const written = clock.now() - 200;
    store.before = () => {
      throw new CairnError('storage-error', 'EIO');
    };
    await clock.advance(written + 22.5 * minute - clock.now());
    lock.check();
    await clock.advance(1);
    expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'lock-lost' }));
    expect(lock.expired).toBe(true);
    await expect(lock.ensureHeld()).rejects.toMatchObject({ code: 'storage-error' });
    store.before = () => {};
    await clock.run(lock.ensureHeld());
    lock.check();
    expect([...store.files.keys()]).toEqual([lock.id]);
  });

  test('an old file that could not be removed is removed later', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    store.before = (operation) => {
      if (operation === 'remove') throw new CairnError('storage-error', 'EIO');
    };
    await clock.advance(5 * minute);
    expect(store.files.size).toBe(2);
    store.before = () => {};
    await clock.advance(5 * minute);
    expect([...store.files.keys()]).toEqual([lock.id]);
  });

  test.each([
    ['an ordinary refresh', 5 * minute, (clock: FakeClock) => clock.advance(5 * minute)],
    ['waking up late', 60 * minute, (clock: FakeClock) => clock.suspend(60 * minute)],
  ])('a lock that another removed is lost: %s', async (_, __, pass) => {
    const { clock, store, hold } = setUp();
    const errors: Error[] = [];
    const lock = await hold({ onLost: (error) => errors.push(error) });
    store.files.clear();
    await pass(clock);
    expect(errors).toEqual([lost]);
    expect(lock.expired).toBe(true);
    expect(() => lock.check()).toThrow(errors[0]);
    await expect(lock.ensureHeld()).rejects.toBe(errors[0]);
    await lock.release();
    expect(store.files.size).toBe(0);
    expect(clock.sleeping).toBe(0);
  });
});

test('a look finds that another removed the lock, long before it is stale', async () => {
  const { clock, store, hold } = setUp();
  const errors: Error[] = [];
  const lock = await hold({ onLost: (error) => errors.push(error) });
  await clock.advance(5 * minute);
  await clock.run(lock.ensureHeld({ look: true }));
  store.files.clear();
  await clock.run(lock.ensureHeld());
  await expect(clock.run(lock.ensureHeld({ look: true }))).rejects.toEqual(lost);
  expect(errors).toEqual([lost]);
  expect(() => lock.check()).toThrow(errors[0]);
});

describe('waking up late, as after a laptop slept', () => {
  test('the lock counts again if its file is there before and 200 ms after the new one', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    await clock.suspend(60 * minute);
    expect(store.log).toEqual(['list', 'save 2']);
    expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'lock-lost' }));
    await clock.run(lock.ensureHeld());
    lock.check();
    expect(store.log).toEqual(['list', 'save 2', 'list', 'remove 1']);
    expect([...store.files.keys()]).toEqual([lock.id]);
  });

  test('it is lost if the file vanishes in those 200 ms', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    const { id } = lock;
    await clock.suspend(60 * minute);
    store.files.delete(id);
    await expect(clock.run(lock.ensureHeld())).rejects.toEqual(lost);
    await lock.release();
    expect(store.files.size).toBe(0);
  });

  test('whoever asks at the same time shares the one attempt', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    await clock.suspend(60 * minute);
    await clock.run(Promise.all([lock.ensureHeld(), lock.ensureHeld()]));
    expect(store.log.filter((line) => line.startsWith('save'))).toHaveLength(1);
  });

  test('it is tried even before the timer fires', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    store.before = (operation) => {
      if (operation === 'save') throw new CairnError('storage-error', 'EIO');
    };
    await clock.advance(24 * minute);
    store.before = () => {};
    await clock.run(lock.ensureHeld());
    lock.check();
  });
});

describe('release', () => {
  test('removes the file and ends the refreshing; again is harmless', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    await Promise.all([lock.release(), lock.release()]);
    await lock.release();
    expect(store.log).toEqual(['remove 1']);
    expect(store.files.size).toBe(0);
    expect(clock.sleeping).toBe(0);
    expect(lock.expired).toBe(true);
    expect(() => lock.check()).toThrow('given back');
  });

  test('before the lock is confirmed', async () => {
    const { store, acquire } = setUp();
    const lock = await acquire();
    await lock.release();
    await expect(lock.confirmed).rejects.toEqual(aborted);
    expect(store.files.size).toBe(0);
  });

  test('while a refresh is under way', async () => {
    const { clock, store, hold } = setUp();
    const lock = await hold();
    store.before = (operation) => (operation === 'save' ? clock.sleep(1000) : undefined);
    await clock.advance(5 * minute);
    await clock.run(lock.release());
    expect(store.files.size).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  test('of a file that is gone', async () => {
    const { store, hold } = setUp();
    const lock = await hold();
    store.files.clear();
    await lock.release();
  });
});
