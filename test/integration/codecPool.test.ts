import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { codecSetupOf } from '../../src/engine/codec/codecSetup.ts';
import { sampleOf } from '../helpers/effort.ts';
import { createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

async function newSetup(folder: string) {
  return codecSetupOf(await unlockedSession(await createLocalRepository(join(folder, 'repository'))));
}

test('a pool may be closed at any moment while its threads start', async () => {
  const setup = await newSetup(tempFolder());
  const open = testCodecs();
  for (const delay of sampleOf([...Array(60).keys()], 20)) {
    const pool = open(setup, async () => {});
    await sleep(delay);
    await pool.close();
    await expect(pool.run('flushPacks', undefined)).rejects.toMatchObject({ code: 'aborted' });
  }
});

test('a thread ends though it waits for a pack to be taken', async () => {
  const folder = tempFolder();
  const path = join(folder, 'file');
  writeFileSync(path, randomBytes('pool', 40_000_000));
  const { size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const given = Promise.withResolvers<void>();
  const pool = testCodecs(1)(await newSetup(folder), () => {
    given.resolve();
    return new Promise(() => {});
  });
  const job = pool.run('storeFiles', [{ path, size: Number(size), mtimeNs, ctimeNs }]);
  const outcome = expect(job).rejects.toMatchObject({ code: 'aborted' });
  await given.promise;
  await pool.close();
  await outcome;
});
