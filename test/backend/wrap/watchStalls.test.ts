import { describe, expect, test } from 'vitest';
import type { Backend, FileHandle } from '../../../src/backend/backend.ts';
import { watchStalls, type StallOptions } from '../../../src/backend/wrap/watchStalls.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { overWire, type Wire } from '../../helpers/wire.ts';
import { nameOf } from '../names.ts';
import { checkAround } from './checkAround.ts';

checkAround('watchStalls', (inner) => watchStalls(inner));

const content = Buffer.alloc(4 * 1024 * 1024, 'content');
const pack: FileHandle = { type: 'pack', name: nameOf(content) };
const stuck: unknown = expect.objectContaining({ code: 'target-unavailable', mayPass: true });

function setUp(wire: Partial<Wire> = {}, options: StallOptions = {}) {
  const clock = new FakeClock();
  const line: Wire = { clock, ...wire };
  const backend = watchStalls(overWire(new MemoryBackend(), line), { clock, ...options });
  const start = clock.now();
  return { clock, line, backend, minutes: () => (clock.now() - start) / 60_000 };
}

describe('a call in which nothing moves', () => {
  test('ends after five minutes', async () => {
    const { clock, line, backend, minutes } = setUp();
    line.hangsAfter = 0;
    await expect(clock.run(backend.list('pack'))).rejects.toEqual(stuck);
    expect(minutes()).toBe(5);
  });

  test('any more ends five minutes after what moved last', async () => {
    const { clock, line, backend, minutes } = setUp({ speed: 16 });
    line.hangsAfter = 2 * 1024 * 1024;
    await expect(clock.run(backend.save(pack, [content]))).rejects.toEqual(stuck);
    expect(minutes()).toBeCloseTo(5 + (2 * 1024 * 1024) / 16 / 60_000, 1);
  });

  test('and that does not end when it is told to is left to itself', async () => {
    const clock = new FakeClock();
    const memory = new MemoryBackend();
    const deaf: Backend = Object.assign(memory, { list: () => new Promise<never>(() => {}) });
    const backend = watchStalls(deaf, { clock });
    await expect(clock.run(backend.list('pack'))).rejects.toEqual(stuck);
  });

  test('is over with its error as soon as it is cancelled', async () => {
    const { clock, line, backend, minutes } = setUp();
    line.hangsAfter = 0;
    const controller = new AbortController();
    const list = backend.list('pack', { signal: controller.signal });
    const ended = expect(list).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(60_000);
    controller.abort();
    await ended;
    expect(minutes()).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  test('ends sooner while nothing was ever answered, where that is asked for', async () => {
    const { clock, line, backend, minutes } = setUp({}, { firstStuckAfter: 10_000 });
    line.hangsAfter = 0;
    await expect(clock.run(backend.list('pack'))).rejects.toThrow(/10 seconds/);
    await clock.run(backend.list('pack'));
    line.hangsAfter = 0;
    await expect(clock.run(backend.list('pack'))).rejects.toEqual(stuck);
    expect(minutes()).toBeCloseTo(5 + 10 / 60);
  });
});

describe('a call that goes on', () => {
  test('may take as long as it takes, if it shows what moves', async () => {
    const { clock, backend, minutes } = setUp({ speed: 1 });
    const part = content.subarray(0, 1024 * 1024);
    const handle: FileHandle = { type: 'pack', name: nameOf(part) };
    await clock.run(backend.save(handle, [part]));
    expect(minutes()).toBeGreaterThan(15);
    expect(await clock.run(backend.load(handle))).toEqual(part);
    expect(clock.sleeping).toBe(0);
  });

  test('without a word has the time of a slow line for its content', async () => {
    const { clock, line, backend, minutes } = setUp({ speed: 20, isSilent: true }, { stuckAfter: 1000 });
    await clock.run(backend.save(pack, [content]));
    line.hangsAfter = 0;
    await expect(clock.run(backend.save(pack, [content]))).rejects.toEqual(stuck);
    expect(minutes()).toBeLessThan(9);
  });

  test('is not ended while it is slowed down', async () => {
    const { clock, backend, minutes } = setUp();
    const onBytes = () => clock.sleep(20 * 60_000);
    await clock.run(backend.save(pack, [content.subarray(0, 65536)], { onBytes }));
    expect(minutes()).toBe(20);
  });
});
