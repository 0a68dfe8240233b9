import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import type { Backend, FileHandle } from '../../../src/backend/backend.ts';
import { limitCalls } from '../../../src/backend/wrap/limitCalls.ts';
import { transferLines } from '../../../src/backend/wrap/transferLine.ts';
import { steadyClock } from '../../../src/base/clock.ts';
import { sharedLimits, type TransferLimits } from '../../../src/base/storageAccess.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { overWire, type Wire } from '../../helpers/wire.ts';
import { nameOf } from '../names.ts';
import { checkBackend } from '../suite.ts';
import { checkAround } from './checkAround.ts';

checkAround('limitCalls', (inner) => limitCalls(inner));
checkBackend('limitCalls with wide limits', async () => ({
  backend: limitCalls(new MemoryBackend(), { limits: sharedLimits({ upload: 1e12, download: 1e12 }) }),
  dispose: async () => {},
}));

const MIB = 1024 * 1024;
const packs = Array.from({ length: 12 }, (_, i) => Buffer.alloc(MIB, `${i} `));
const handleOf = (content: Buffer): FileHandle => ({ type: 'pack', name: nameOf(content) });
const lock: FileHandle = { type: 'lock', name: 'ab'.repeat(32) };

function setUp(limits: TransferLimits, wire: Partial<Wire> = {}, clock = new FakeClock()) {
  const memory = new MemoryBackend();
  const wired = overWire(memory, { clock, ...wire });
  let running = 0;
  const most = { all: 0, packs: 0 };
  const counted: Backend = {
    ...wired,
    save: async (...args) => {
      running++;
      most.all = Math.max(most.all, running);
      await wired.save(...args).finally(() => running--);
    },
  };
  const start = clock.now();
  const backend = limitCalls(counted, { limits, clock });
  return { clock, memory, wired, backend, most, seconds: () => (clock.now() - start) / 1000 };
}

describe('the number of calls', () => {
  test('at the same time is that of the connections, one of which is not for packs', async () => {
    const { clock, backend, most } = setUp({}, { delay: 1000 });
    await clock.run(Promise.all(packs.map((content) => backend.save(handleOf(content), [content]))));
    expect(most.all).toBe(4);
    await clock.run(
      Promise.all([
        ...packs.map((content) => backend.save(handleOf(content), [content])),
        ...packs.map((content) => backend.save({ type: 'index', name: nameOf(content) }, [content])),
      ]),
    );
    expect(most.all).toBe(5);
  });

  test('lets a lock pass packs that wait', async () => {
    const { clock, backend, seconds } = setUp({}, { delay: 60_000 });
    const saves = Promise.all(packs.map((content) => backend.save(handleOf(content), [content])));
    await clock.advance(1);
    await clock.run(backend.save(lock, [Buffer.from('lock')]));
    expect(seconds()).toBeLessThan(61);
    await clock.run(saves);
    expect(seconds()).toBe(180);
  });

  test('is one where there is one connection, small ones first', async () => {
    const clock = new FakeClock();
    const one = overWire(new MemoryBackend(), { clock, delay: 1000 });
    const backend = limitCalls({ ...one, properties: { ...one.properties, connections: 1 } }, { clock });
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const calls = [
      ...packs.slice(0, 2).map((content, i) => backend.save(handleOf(content), [content]).then(note(`pack ${i}`))),
      backend.save(lock, [Buffer.from('lock')]).then(note('lock')),
    ];
    await clock.run(Promise.all(calls));
    expect(order).toEqual(['pack 0', 'lock', 'pack 1']);
  });

  test('forgets who was cancelled while it waited, and those that failed', async () => {
    const { clock, backend } = setUp({}, { delay: 1000 });
    const controller = new AbortController();
    const saves = packs.map((content) => backend.save(handleOf(content), [content], { signal: controller.signal }));
    const ended = Promise.allSettled(saves);
    await clock.advance(10);
    controller.abort();
    expect((await ended).map(({ status }) => status)).toEqual(packs.map(() => 'rejected'));
    await clock.run(Promise.all(packs.map((content) => backend.save(handleOf(content), [content]))));
    expect(await clock.run(backend.list('pack'))).toHaveLength(packs.length);
  });
});

describe('the number of bytes in a second', () => {
  test.each([false, true])(
    'is kept when files are sent and read; a storage that says nothing: %s',
    async (isSilent) => {
      const { clock, backend, seconds } = setUp({ upload: MIB / 2, download: MIB / 4 }, { isSilent });
      await clock.run(Promise.all(packs.map((content) => backend.save(handleOf(content), [content]))));
      const sent = seconds();
      // What the last call moved is not waited for.
      expect(sent).toBeGreaterThan(isSilent ? 15 : 23.5);
      expect(sent).toBeLessThanOrEqual(24);
      await clock.run(Promise.all(packs.map((content) => backend.load(handleOf(content)))));
      const read = seconds() - sent;
      expect(read).toBeGreaterThan(isSilent ? 31 : 47);
      expect(read).toBeLessThanOrEqual(48);
    },
  );

  test('counts for all that have the same settings', async () => {
    const clock = new FakeClock();
    const limits = structuredClone(sharedLimits({ upload: MIB }));
    const all = [setUp(limits, {}, clock), setUp(limits, {}, clock), setUp(limits, {}, clock)];
    await clock.run(
      Promise.all(all.flatMap(({ backend }) => packs.map((content) => backend.save(handleOf(content), [content])))),
    );
    expect(all[0]!.seconds()).toBeGreaterThan(35);
    expect(all[0]!.seconds()).toBeLessThanOrEqual(36);
  });

  test('does not hold up a lock', async () => {
    const { clock, backend, seconds } = setUp({ upload: 1024 });
    const saves = Promise.all(packs.map((content) => backend.save(handleOf(content), [content])));
    await clock.advance(10);
    await clock.run(backend.save(lock, [Buffer.from('lock')]));
    expect(seconds()).toBeLessThan(1);
    await clock.run(saves);
  });

  test('ends its waiting when the call is cancelled', async () => {
    const { clock, backend } = setUp({ upload: 1 });
    const controller = new AbortController();
    const save = backend.save(handleOf(packs[0]!), [packs[0]!], { signal: controller.signal });
    const ended = expect(save).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(10);
    controller.abort();
    await ended;
  });

  test('is kept in real time', async () => {
    const clock = steadyClock;
    const memory = new MemoryBackend();
    const backend = limitCalls(overWire(memory, { clock }), { limits: sharedLimits({ upload: 4 * MIB }), clock });
    const start = performance.now();
    await Promise.all(packs.slice(0, 4).map((content) => backend.save(handleOf(content), [content])));
    // 4 MiB less the last piece of 64 KiB.
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  test('is booked by several threads without losing anything', async () => {
    const limits = sharedLimits({ upload: 1_000_000 });
    const source = `
      const { workerData } = require('node:worker_threads');
      import(workerData.file).then(({ transferLines }) => {
        const { up } = transferLines(workerData.limits, { now: () => 0 });
        for (let i = 0; i < 20_000; i++) up.book(1);
      });`;
    const file = new URL('../../../src/backend/wrap/transferLine.ts', import.meta.url).href;
    const ends = [1, 2].map(async () => {
      const worker = new Worker(source, {
        eval: true,
        workerData: { file, limits },
        execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
      });
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      worker.once('exit', resolve);
      worker.once('error', reject);
      await promise;
    });
    await Promise.all(ends);
    const { up } = transferLines(limits, { now: () => 0, sleep: async () => {} });
    expect(up!.book(0)).toBe(40);
  });
});
