/** Only a storage that answers "no such file" has no repository; one that does not answer may hold anything. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { LocalBackend } from '../../../src/backend/local/localBackend.ts';
import { wrapCalls } from '../../../src/backend/wrap/wrapCalls.ts';
import { CairnError, type ErrorCode } from '../../../src/base/errors.ts';
import { createRepository, openRepository, findRepository } from '../../../src/repository/repository.ts';
import { FaultyBackend } from '../../helpers/faultyBackend.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const settings = (password = 'secret') => ({
  password,
  keyCost: { N: 1024, r: 8, p: 1 },
  owner: { hostname: 'host', username: 'me' },
  created: '2026-01-01T00:00:00Z',
});
const failing = (code: ErrorCode) => new CairnError(code, 'It does not answer.');

test.each(['target-unavailable', 'permission-denied', 'storage-error'] as const)(
  'a second init of a storage that fails with %s replaces nothing',
  async (code) => {
    const memory = new MemoryBackend();
    await createRepository(memory, settings());
    const before = new Map(memory.files);
    for (const calls of [1, 2, 3, 4]) {
      const backend = new FaultyBackend(memory);
      backend.inject({ operation: 'stat', times: calls, fail: failing(code) });
      backend.inject({ operation: 'list', times: calls, fail: failing(code) });
      await expect(createRepository(backend, settings('other'))).rejects.toMatchObject({ code });
      expect(new Map(memory.files)).toEqual(before);
      backend.heal();
      await openRepository(backend, settings());
      backend.inject({ operation: 'load', fail: failing(code) });
      await expect(findRepository(backend)).rejects.toMatchObject({ code });
    }
  },
);

test('of two inits at once one is refused, and the config stays that of the other', async () => {
  const folder = join(tempFolder(), 'repository');
  const runs = ['one', 'two'].map((password) => createRepository(new LocalBackend(folder), settings(password)));
  const outcomes = await Promise.allSettled(runs);
  const made = outcomes.filter(({ status }) => status === 'fulfilled');
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect([made.length, refused.length]).toEqual([1, 1]);
  expect(refused[0]!.reason).toMatchObject({ code: 'repository-exists' });
  await openRepository(new LocalBackend(folder), settings(outcomes[0]!.status === 'fulfilled' ? 'one' : 'two'));
  expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
});

test.each([1, 2, 3, 4])(
  'two inits at once by the same password leave one that opens, and no other key (%i)',
  async () => {
    const folder = join(tempFolder(), 'repository');
    const runs = [1, 2].map(() => createRepository(new LocalBackend(folder), settings()));
    const outcomes = await Promise.allSettled(runs);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(join(folder, 'keys'))).toHaveLength(1);
    await openRepository(new LocalBackend(folder), settings());
  },
);

/** Refuses the first config after something else was done. */
function refusingConfig(memory: MemoryBackend, before: (save: () => Promise<void>) => Promise<unknown>): Backend {
  let isFirst = true;
  return wrapCalls(memory, async (call) => {
    if (isFirst && call.kind === 'save' && call.type === 'config') {
      isFirst = false;
      await before(async () => void (await call.make()));
      throw new CairnError('repository-exists', 'There is one.');
    }
    return call.make();
  });
}

test('an init whose config is there, since the answer was lost, is done', async () => {
  const memory = new MemoryBackend();
  const { config } = await createRepository(
    refusingConfig(memory, (save) => save()),
    settings(),
  );
  expect((await openRepository(memory, settings())).config).toEqual(config);
});

test('the key of an init that another one has completed stays', async () => {
  const memory = new MemoryBackend();
  const backend = refusingConfig(memory, () => createRepository(memory, settings()));
  await expect(createRepository(backend, settings())).rejects.toMatchObject({ code: 'repository-exists' });
  await openRepository(memory, settings());
});

test('the key of an init that came too late goes', async () => {
  const other = new MemoryBackend();
  await createRepository(other, settings('other'));
  const memory = new MemoryBackend();
  const backend = refusingConfig(memory, async () => {
    for (const [path, bytes] of other.files) memory.files.set(path, bytes);
  });
  await expect(createRepository(backend, settings())).rejects.toMatchObject({ code: 'repository-exists' });
  expect(new Map(memory.files)).toEqual(new Map(other.files));
});

test('a config is never replaced', async () => {
  const folder = join(tempFolder(), 'repository');
  const backend = new LocalBackend(folder);
  await createRepository(backend, settings());
  const before = readFileSync(join(folder, 'config'));
  await expect(backend.save({ type: 'config', name: '' }, [Buffer.from('new')])).rejects.toMatchObject({
    code: 'repository-exists',
  });
  expect(readFileSync(join(folder, 'config'))).toEqual(before);
  expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
});

test('a folder that is missing in a place that is there has no repository; where the place is missing, it is away', async () => {
  const drive = join(tempFolder(), 'drive');
  const backend = new LocalBackend(join(drive, 'repository'));
  await expect(findRepository(backend)).rejects.toMatchObject({ code: 'target-unavailable' });
  mkdirSync(drive);
  await expect(findRepository(backend)).rejects.toMatchObject({ code: 'repository-not-found' });
  mkdirSync(join(drive, 'repository'));
  await expect(findRepository(backend)).rejects.toMatchObject({ code: 'repository-not-found' });
  // Where nothing is, one can be made.
  rmSync(drive, { recursive: true });
  await createRepository(backend, settings());
  expect(existsSync(join(drive, 'repository/config'))).toBe(true);
});
