import { describe, expect, test } from 'vitest';
import { endWhenInterrupted } from '../../../../src/engine/codec/endWhenInterrupted.ts';
import { systemClock } from '../../../../src/base/clock.ts';
import { MemoryBackend } from '../../../helpers/memoryBackend.ts';
import { overWire } from '../../../helpers/wire.ts';

const pack = { type: 'pack', name: 'ab'.repeat(32) } as const;

describe('a call of a codec thread to far storage', () => {
  test('ends when the pool is interrupted, though nothing comes', async () => {
    let isInterrupted = false;
    const wire = { clock: systemClock, hangsAfter: 0 };
    const memory = new MemoryBackend();
    await memory.save(pack, [Buffer.from('pack')]);
    const backend = endWhenInterrupted(overWire(memory, wire), () => isInterrupted);
    const load = backend.load(pack);
    const ended = expect(load).rejects.toMatchObject({ code: 'aborted' });
    isInterrupted = true;
    await ended;
    await expect(backend.load(pack, {})).rejects.toMatchObject({ code: 'aborted' });
    isInterrupted = false;
    expect((await backend.load(pack)).toString()).toBe('pack');
  });

  test('to near storage is left as it is', () => {
    const memory = new MemoryBackend();
    expect(endWhenInterrupted(memory, () => false)).toBe(memory);
  });
});
