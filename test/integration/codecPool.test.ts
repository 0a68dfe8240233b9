import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { codecSetupOf } from '../../src/engine/codec/codecSetup.ts';
import { withThreadsAhead } from '../../src/worker/codecPool.ts';
import { sampleOf } from '../helpers/effort.ts';
import { createLocalRepository, testCodecs, testPool, unlockedSession } from '../helpers/localRepository.ts';
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

test('threads that were started ahead are those of the first pool', async () => {
  const setup = await newSetup(tempFolder());
  const options = testPool(2);
  await withThreadsAhead(options, async (openCodecs, startThreadsAhead) => {
    startThreadsAhead();
    // So that any others could not start.
    Object.assign(options, { threadFile: join(tempFolder(), 'gone.js') });
    const first = openCodecs(setup, async () => {});
    await expect(first.runOnEach('flushPacks', undefined)).resolves.toEqual([undefined, undefined]);
    await first.close();
    const second = openCodecs(setup, async () => {});
    await expect(second.run('flushPacks', undefined)).rejects.toMatchObject({ code: 'worker-crashed' });
    await second.close();
  });
});

test('threads that were started ahead and are not used have ended, whatever became of the work', async () => {
  const folder = tempFolder();
  const threadFile = join(folder, 'thread.js');
  writeFileSync(
    threadFile,
    `const { parentPort, threadId } = require('node:worker_threads');
     parentPort.on('message', ({ kind }) => {
       require('node:fs').writeFileSync(require('node:path').join(__dirname, kind + threadId), '');
       process.exit();
     });`,
  );
  const work = withThreadsAhead({ threadFile, size: 2 }, async (_, startThreadsAhead) => {
    startThreadsAhead();
    throw new Error('wrong password');
  });
  await expect(work).rejects.toThrow('wrong password');
  expect(readdirSync(folder).filter((name) => name.startsWith('end'))).toHaveLength(2);
});

test('a thread that cannot start ahead fails the jobs of its pool, and nothing before', async () => {
  const setup = await newSetup(tempFolder());
  const missing = { threadFile: join(tempFolder(), 'gone.js'), size: 1 };
  await withThreadsAhead(missing, async (openCodecs, startThreadsAhead) => {
    startThreadsAhead();
    await sleep(500);
    const pool = openCodecs(setup, async () => {});
    await expect(pool.run('flushPacks', undefined)).rejects.toMatchObject({ code: 'worker-crashed' });
    await pool.close();
  });
});
