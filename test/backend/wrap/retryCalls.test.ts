import { describe, expect, test } from 'vitest';
import type { FileHandle } from '../../../src/backend/backend.ts';
import { retryCalls, type RetryOptions } from '../../../src/backend/wrap/retryCalls.ts';
import { CairnError } from '../../../src/base/errors.ts';
import type { StorageTrouble } from '../../../src/base/storageTrouble.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { FaultyBackend } from '../../helpers/faultyBackend.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { nameOf } from '../names.ts';
import { checkAround } from './checkAround.ts';

checkAround('retryCalls', (inner) => retryCalls(inner));

const content = Buffer.from('content');
const pack: FileHandle = { type: 'pack', name: nameOf(content) };
const config: FileHandle = { type: 'config', name: '' };
const away = new CairnError('target-unavailable', 'The server is away.', { mayPass: true });
const gone = new CairnError('permission-denied', 'The server refuses.');

function setUp(options: RetryOptions = {}) {
  const clock = new FakeClock();
  const memory = new MemoryBackend();
  const faulty = new FaultyBackend(memory);
  const troubles: StorageTrouble[] = [];
  const backend = retryCalls(faulty, {
    clock,
    random: () => 0.5,
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  });
  const start = clock.now();
  return { clock, memory, faulty, backend, troubles, seconds: () => (clock.now() - start) / 1000 };
}

describe('a call that failed and may pass', () => {
  test('is made again, each time after twice the wait', async () => {
    const { clock, faulty, backend, troubles, seconds } = setUp();
    faulty.inject({ operation: 'save', times: 3, fail: away });
    await clock.run(backend.save(pack, [content]));
    expect(seconds()).toBe(1 + 2 + 4);
    expect(await backend.load(pack)).toEqual(content);
    expect(troubles).toEqual([1000, 2000, 4000].map((waitMs) => ({ message: 'The server is away.', waitMs })));
  });

  test('waits at random, from half as long to half as long again', async () => {
    for (const [random, expected] of [
      [0, 0.5],
      [1, 1.5],
    ] as const) {
      const { clock, faulty, backend, seconds } = setUp({ random: () => random });
      faulty.inject({ operation: 'list', fail: away });
      await clock.run(backend.list('pack'));
      expect(seconds()).toBe(expected);
    }
  });

  test('is given up after a quarter of an hour, with what the last try failed with', async () => {
    const { clock, faulty, backend, seconds } = setUp();
    faulty.inject({ operation: 'load', times: 1000, fail: away });
    await expect(clock.run(backend.load(pack))).rejects.toBe(away);
    expect(seconds()).toBeGreaterThan(14 * 60);
    expect(seconds()).toBeLessThanOrEqual(15 * 60);
    // At most a minute from one to the next.
    expect(faulty.calls.length).toBeGreaterThan(15);
  });

  test('comes back when the server says so, and not at all if that is too late', async () => {
    const busy = (retryAfterMs: number) =>
      new CairnError('storage-error', 'Busy.', { mayPass: true, details: { retryAfterMs } });
    const { clock, faulty, backend, seconds } = setUp();
    faulty.inject({ operation: 'list', fail: busy(90_000) });
    await clock.run(backend.list('index'));
    expect(seconds()).toBe(90);
    faulty.inject({ operation: 'list', fail: busy(3_600_000) });
    await expect(clock.run(backend.list('index'))).rejects.toMatchObject({ message: 'Busy.' });
    expect(seconds()).toBe(90);
  });

  test('is not made again once it was cancelled', async () => {
    const { clock, faulty, backend } = setUp();
    faulty.inject({ operation: 'load', times: 1000, fail: away });
    const controller = new AbortController();
    const load = backend.load(pack, { signal: controller.signal });
    const ended = expect(load).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(10_000);
    controller.abort();
    await ended;
    expect(clock.sleeping).toBe(0);
  });
});

test('calls that wait for their next try end with the backend', async () => {
  const { clock, faulty, backend } = setUp();
  faulty.inject({ operation: 'list', times: 1000, fail: away });
  faulty.inject({ operation: 'save', times: 1000, fail: away });
  const { signal } = new AbortController();
  const calls = [backend.list('key'), backend.list('key', { signal }), backend.save(pack, [content])];
  const ended = calls.map((call) => expect(call).rejects.toMatchObject({ code: 'aborted' }));
  await clock.advance(10_000);
  expect(clock.sleeping).toBe(3);
  await backend.close();
  expect(clock.sleeping).toBe(0);
  await Promise.all(ended);
  const made = faulty.calls.length;
  await clock.advance(3_600_000);
  expect(faulty.calls).toHaveLength(made);
});

describe('what a person waits for', () => {
  test('is given up within seconds until the storage answers for the first time', async () => {
    const { clock, faulty, backend, seconds } = setUp({ isAwaited: true });
    faulty.inject({ operation: 'stat', times: 1000, fail: away });
    await expect(clock.run(backend.stat(config))).rejects.toBe(away);
    expect(seconds()).toBeLessThanOrEqual(10);
    faulty.heal();
    await backend.list('key');
    faulty.inject({ operation: 'load', times: 8, fail: away });
    await expect(clock.run(backend.load(pack))).rejects.toMatchObject({ code: 'file-not-found' });
    expect(seconds()).toBeGreaterThan(60);
  });

  test('has been answered, too, if the answer is that nothing is there', async () => {
    const { clock, faulty, backend } = setUp({ isAwaited: true });
    await expect(backend.stat(config)).rejects.toMatchObject({ code: 'file-not-found' });
    faulty.inject({ operation: 'list', times: 8, fail: away });
    expect(await clock.run(backend.list('pack'))).toEqual([]);
  });
});

describe('a save', () => {
  test('whose answer got lost ends well', async () => {
    const { clock, faulty, backend } = setUp();
    faulty.inject({ operation: 'save', failAfter: away });
    await clock.run(backend.save(pack, [content]));
    expect(faulty.calls).toHaveLength(2);
  });

  test('keeps the content for another try', async () => {
    const { clock, memory, faulty, backend } = setUp();
    const data = Buffer.from(content);
    faulty.inject({ operation: 'save', failAfter: away });
    await clock.run(backend.save(pack, [data], { onTaken: () => data.fill(0) }));
    expect([...memory.files.values()]).toEqual([content]);
    expect(data.every((byte) => byte === 0)).toBe(true);
  });

  test('of a config that an own try has stored ends well', async () => {
    const { clock, faulty, backend } = setUp();
    faulty.inject({ operation: 'save', failAfter: away });
    faulty.inject({ operation: 'load', times: 2, fail: away });
    await clock.run(backend.save(config, [content]));
    expect(faulty.calls.filter((call) => call.startsWith('load'))).toHaveLength(3);
  });

  test('of a config where there is another one is refused, on the first try and later', async () => {
    const { clock, memory, faulty, backend } = setUp();
    memory.files.set('config', Buffer.from('another'));
    await expect(backend.save(config, [content])).rejects.toMatchObject({ code: 'repository-exists' });
    faulty.inject({ operation: 'save', fail: away });
    await expect(clock.run(backend.save(config, [content]))).rejects.toMatchObject({ code: 'repository-exists' });
  });

  test('of a config that was there before is refused though it is the same', async () => {
    const { memory, backend } = setUp();
    memory.files.set('config', content);
    await expect(backend.save(config, [content])).rejects.toMatchObject({ code: 'repository-exists' });
  });
});

test.each(['create', 'save', 'load', 'stat', 'remove', 'list', 'leftovers', 'removeLeftover'] as const)(
  '%s is made again, and what does not pass is thrown at once',
  async (operation) => {
    const { clock, memory, faulty, backend } = setUp();
    const leftover = { type: 'pack', path: 'data/ab/x', size: 1, modified: 0 } as const;
    await memory.save(pack, [content]);
    const calls: Record<typeof operation, () => Promise<unknown>> = {
      create: () => backend.create(),
      save: () => backend.save(pack, [content]),
      load: () => backend.load(pack),
      stat: () => backend.stat(pack),
      remove: () => backend.remove(pack),
      list: () => backend.list('pack'),
      leftovers: () => backend.leftovers(),
      removeLeftover: () => backend.removeLeftover(leftover),
    };
    const call = calls[operation];
    faulty.inject({ operation, times: 2, fail: away });
    await clock.run(call());
    expect(faulty.calls).toHaveLength(3);
    faulty.inject({ operation, fail: gone });
    await expect(call()).rejects.toBe(gone);
    expect(faulty.calls).toHaveLength(4);
  },
);
