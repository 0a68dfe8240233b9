/** How many round trips a replica needs; budgets as in roundTrips.test.ts. */
import { expect, test } from 'vitest';
import { replicate } from '../../src/engine/replicate/replicate.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { countTrips } from '../helpers/countTrips.ts';
import { MemoryBackend } from '../helpers/memoryBackend.ts';
import { readWhole } from '../helpers/replica.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { createTestRepository } from '../helpers/testRepository.ts';

const options = { quiet: 30, properties: { connections: 10_000 } };

/** The round trips on both sides of a first run, of one that adds as much, and of one that removes all but one. */
async function tripsOf(size: number) {
  const source = await createTestRepository();
  const add = async (from: number) => {
    for (let at = from; at < from + size; at++)
      await source.addSnapshot({ [`a ${at}`]: `a ${at}`, sub: { [`b ${at}`]: 'b' } });
  };
  await add(0);
  const [from, to] = [countTrips(source.backend, options), countTrips(new MemoryBackend(), options)];
  const recordFolder = tempFolder();
  const trips: Record<string, [source: number, replica: number]> = {};
  const run = async (name: string) => {
    const repository = await openRepository(from.backend, { password: TEST_PASSWORD });
    from.reset();
    to.reset();
    await replicate(repository, to.backend, { recordFolder, delay: 0 });
    trips[name] = [from.roundTrips(), to.roundTrips()];
  };
  await run('first');
  await add(size);
  await run('more');
  for (const path of [...source.backend.files.keys()].filter((file) => file.startsWith('snapshots/')).slice(1))
    source.backend.files.delete(path);
  await run('less');
  return trips;
}

test('the number of round trips does not grow with the number of files', async () => {
  const [few, many] = [await tripsOf(5), await tripsOf(40)];
  // Whether the second look at the locks falls together with another call is chance.
  for (const trips of [few, many])
    for (const [source, replica] of Object.values(trips)) {
      expect(source).toBeLessThanOrEqual(16);
      expect(replica).toBeLessThanOrEqual(18);
    }
});

test('with five connections as many files are on their way', async () => {
  const source = await createTestRepository();
  for (let at = 0; at < 20; at++) await source.addSnapshot({ [`a ${at}`]: `a ${at}` });
  const memory = new MemoryBackend();
  const counter = countTrips(memory);
  await replicate(source.repository, counter.backend, { recordFolder: tempFolder() });
  const most = Math.max(...counter.trips.map((trip) => trip.filter((call) => call.startsWith('save')).length));
  expect(most).toBe(5);
  expect(await readWhole(memory)).toHaveLength(20);
});
