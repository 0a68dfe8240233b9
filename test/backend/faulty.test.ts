import { describe, expect, test } from 'vitest';
import type { FileHandle } from '../../src/backend/backend.ts';
import { FaultyBackend, type Fault } from '../helpers/faultyBackend.ts';
import { MemoryBackend } from '../helpers/memoryBackend.ts';
import { checkBackend } from './suite.ts';

checkBackend('FaultyBackend without faults', async () => ({
  backend: new FaultyBackend(new MemoryBackend()),
  dispose: async () => {},
}));

const pack: FileHandle = { type: 'pack', name: 'ab'.repeat(32) };
const index: FileHandle = { type: 'index', name: 'cd'.repeat(32) };
const broken = new Error('broken');

/** Saves a pack and an index, loads both twice, and tells how each call ended. */
async function runWith(...faults: Fault[]): Promise<string[]> {
  const backend = new FaultyBackend(new MemoryBackend());
  for (const fault of faults) backend.inject(fault);
  const calls = [
    () => backend.save(pack, [Buffer.from('pa'), Buffer.from('ck')]),
    () => backend.save(index, [Buffer.from('index')]),
    () => backend.load(pack),
    () => backend.load(index),
    () => backend.load(pack),
  ];
  const ends: string[] = [];
  for (const call of calls) {
    ends.push(
      await call().then(
        (value) => (value ? value.toString() : 'saved'),
        (error: Error) => error.message,
      ),
    );
  }
  return ends;
}

describe('the backend that fails on demand', () => {
  test.each<[string, Fault[], string[]]>([
    ['nothing', [], ['saved', 'saved', 'pack', 'index', 'pack']],
    ['a save', [{ operation: 'save', type: 'index', failAfter: broken }], ['saved', 'broken', 'pack', 'index', 'pack']],
    ['the second load', [{ operation: 'load', call: 2, fail: broken }], ['saved', 'saved', 'pack', 'broken', 'pack']],
    ['loads in a row', [{ operation: 'load', times: 2, fail: broken }], ['saved', 'saved', 'broken', 'broken', 'pack']],
    ['truncation', [{ operation: 'save', truncateTo: 3 }], ['saved', 'saved', 'pac', 'index', 'pac']],
    ['short loads', [{ operation: 'load', type: 'pack', truncateTo: 1 }], ['saved', 'saved', 'p', 'index', 'pack']],
    ['a delay', [{ operation: 'save', delay: Promise.resolve() }], ['saved', 'saved', 'pack', 'index', 'pack']],
  ])('%s', async (_, faults, ends) => {
    expect(await runWith(...faults)).toEqual(ends);
  });

  test('corruption changes one byte', async () => {
    const backend = new FaultyBackend(new MemoryBackend());
    await backend.save(pack, [Buffer.from([1, 2, 3])]);
    backend.inject({ operation: 'load', corruptAt: 1 });
    expect([...(await backend.load(pack))]).toEqual([1, 253, 3]);
    expect([...(await backend.load(pack))]).toEqual([1, 2, 3]);
  });

  test('calls are noted, faults can be taken back', async () => {
    const backend = new FaultyBackend(new MemoryBackend());
    backend.inject({ operation: 'list', times: Infinity, fail: broken });
    await expect(backend.list('pack')).rejects.toBe(broken);
    backend.heal();
    await backend.list('pack');
    await backend.save(pack, []);
    expect(backend.calls).toEqual(['list pack', 'list pack', `save pack ${pack.name}`]);
  });
});
