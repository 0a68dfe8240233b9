import { describe, expect, test } from 'vitest';
import type { FileHandle } from '../../../src/backend/backend.ts';
import { wrapFar } from '../../../src/backend/wrap/wrapFar.ts';
import { CairnError } from '../../../src/base/errors.ts';
import { plainAccess, sharedLimits, storageAt, type StorageAccess } from '../../../src/base/storageAccess.ts';
import type { StorageTrouble } from '../../../src/base/storageTrouble.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { FaultyBackend } from '../../helpers/faultyBackend.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { overWire, type Wire } from '../../helpers/wire.ts';
import { nameOf } from '../names.ts';
import { checkAround } from './checkAround.ts';

const rest = (access: Partial<StorageAccess> = {}) => storageAt('rest:http://host/', { ...plainAccess, ...access });

checkAround('wrapFar', (inner) => wrapFar(inner, rest({ limits: sharedLimits({ upload: 1e12 }) })));

const MIB = 1024 * 1024;
const content = Buffer.alloc(MIB, 'content');
const pack: FileHandle = { type: 'pack', name: nameOf(content) };
const away = new CairnError('target-unavailable', 'The server is away.', { mayPass: true });

function setUp(settings = rest()) {
  const clock = new FakeClock();
  const line: Wire = { clock };
  const faulty = new FaultyBackend(new MemoryBackend());
  const troubles: StorageTrouble[] = [];
  const onTrouble = (trouble: StorageTrouble) => troubles.push(trouble);
  const backend = wrapFar(overWire(faulty, line), settings, { clock, onTrouble });
  const start = clock.now();
  return { clock, line, faulty, backend, troubles, seconds: () => (clock.now() - start) / 1000 };
}

describe('a far storage', () => {
  test('that stood still is asked again', async () => {
    const { clock, line, backend, troubles, seconds } = setUp();
    line.hangsAfter = MIB / 2;
    await clock.run(backend.save(pack, [content]));
    expect(await clock.run(backend.load(pack))).toEqual(content);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]!.message).toContain('has not answered for 5 minutes');
    expect(seconds()).toBeLessThan(302);
  });

  test('is given up within seconds where a person waits, though it only stands still', async () => {
    const { clock, line, backend, seconds } = setUp(rest({ isAwaited: true }));
    line.hangsAfter = 0;
    await expect(clock.run(backend.stat(pack))).rejects.toMatchObject({ code: 'target-unavailable' });
    expect(seconds()).toBeLessThanOrEqual(10);
  });

  test('that has answered before, too, and behind calls that have time', async () => {
    const { clock, line, backend, seconds } = setUp();
    await clock.run(backend.list('pack'));
    Object.assign(line, { delay: 3_600_000 });
    const end = new AbortController();
    const others = Array.from({ length: 12 }, () => backend.stat(pack, { signal: end.signal }).catch(() => {}));
    const begun = seconds();
    const look = backend.list('key', { isAwaited: true });
    await expect(clock.run(look)).rejects.toMatchObject({ code: 'target-unavailable' });
    expect(seconds() - begun).toBeLessThanOrEqual(10);
    end.abort();
    await clock.run(Promise.all(others));
  });

  test('may ask the person for a password, where that is its way', async () => {
    const { clock, line, backend, seconds } = setUp(storageAt('sftp:host:/x', { ...plainAccess, isAwaited: true }));
    line.hangsAfter = 0;
    await expect(clock.run(backend.stat(pack))).rejects.toMatchObject({ code: 'target-unavailable' });
    expect(seconds()).toBe(300);
  });

  test('has its places free for others while a call waits for its next try', async () => {
    const { clock, faulty, backend, seconds } = setUp();
    faulty.inject({ operation: 'load', times: 40, fail: away });
    await faulty.save(pack, [content]);
    const loads = Promise.all(Array.from({ length: 8 }, () => backend.load(pack)));
    await clock.advance(100);
    await clock.run(backend.list('pack'));
    expect(seconds()).toBeLessThan(1);
    await clock.run(loads);
  });

  test('is slowed down for longer than calls may stand still', async () => {
    const { clock, backend, troubles, seconds } = setUp(rest({ limits: { upload: 100 }, stuckAfter: 60_000 }));
    await clock.run(backend.save(pack, [content]));
    expect(seconds()).toBeGreaterThan(9000);
    expect(troubles).toEqual([]);
  });

  test('is never given up where that is wanted', async () => {
    const { clock, line, backend } = setUp(rest({ stuckAfter: 0 }));
    line.hangsAfter = 0;
    const controller = new AbortController();
    const list = backend.list('pack', { signal: controller.signal });
    const ended = expect(list).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(24 * 3_600_000);
    controller.abort();
    await ended;
  });
});
