import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FileHandle } from '../../src/backend/backend.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { countTrips } from '../helpers/countTrips.ts';
import { MemoryBackend } from '../helpers/memoryBackend.ts';
import { nameOf } from './names.ts';
import { checkBackend } from './suite.ts';

const quick = { quiet: 0 };

checkBackend('countTrips around memory', async () => ({
  backend: countTrips(new MemoryBackend(), quick).backend,
  dispose: async () => {},
}));

checkBackend('countTrips around a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-trips-'));
  return {
    backend: countTrips(new LocalBackend(folder), quick).backend,
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

const packs: FileHandle[] = Array.from({ length: 6 }, (_, i) => ({ type: 'pack', name: nameOf(Buffer.from(`${i}`)) }));

async function filled() {
  const memory = new MemoryBackend();
  await Promise.all(packs.map((pack, i) => memory.save(pack, [Buffer.from(`${i}`)])));
  return countTrips(memory, quick);
}

describe('round trips', () => {
  test('are none before the first call', async () => {
    const { roundTrips, trips } = await filled();
    expect(roundTrips()).toBe(0);
    expect(trips).toEqual([]);
  });

  test('of calls that wait for each other add up', async () => {
    const { backend, roundTrips } = await filled();
    for (const pack of packs) await backend.load(pack);
    expect(roundTrips()).toBe(6);
  });

  test('of calls at the same time are one', async () => {
    const { backend, roundTrips, trips } = await filled();
    await Promise.all(packs.map((pack) => backend.load(pack)));
    expect(roundTrips()).toBe(1);
    expect(trips).toEqual([packs.map(({ name }) => `load pack ${name.slice(0, 8)}`)]);
  });

  test('of calls at the same time are one though some begin later', async () => {
    const { backend, roundTrips } = await filled();
    await Promise.all(
      packs.map(async (pack, i) => {
        for (let turn = 0; turn < i; turn++) await new Promise(setImmediate);
        await backend.load(pack);
      }),
    );
    expect(roundTrips()).toBe(1);
  });

  test('are those of the longest chain', async () => {
    const { backend, roundTrips } = await filled();
    const chain = async (length: number) => {
      for (const pack of packs.slice(0, length)) await backend.load(pack);
    };
    await Promise.all([chain(2), chain(5), chain(1)]);
    expect(roundTrips()).toBe(5);
  });

  test('count calls that fail, and go on after them', async () => {
    const { backend, roundTrips } = await filled();
    await expect(backend.stat({ type: 'config', name: '' })).rejects.toMatchObject({ code: 'file-not-found' });
    await backend.list('pack');
    expect(roundTrips()).toBe(2);
  });

  test('begin anew', async () => {
    const { backend, roundTrips, reset, calls } = await filled();
    await backend.list('pack');
    reset();
    expect(roundTrips()).toBe(0);
    await backend.list('index');
    expect(roundTrips()).toBe(1);
    expect(calls()).toEqual(['list index']);
  });

  test('of work that takes its time in between are one with a longer quiet', async () => {
    const memory = new MemoryBackend();
    const { backend, roundTrips } = countTrips(memory, { quiet: 500 });
    await Promise.all([backend.list('pack'), wait(1).then(() => backend.list('index'))]);
    expect(roundTrips()).toBe(1);
  });

  test('a call that is cancelled ends at once', async () => {
    const { backend } = countTrips(new MemoryBackend(), { quiet: 1_000_000 });
    const controller = new AbortController();
    const call = backend.list('pack', { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
  });

  test('the storage is far unless it is told otherwise', () => {
    expect(countTrips(new MemoryBackend()).backend.properties).toMatchObject({ isFar: true, connections: 5 });
    const near = countTrips(new MemoryBackend(), { properties: { isFar: false } });
    expect(near.backend.properties.isFar).toBe(false);
  });
});
