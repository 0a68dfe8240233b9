import { expect, test } from 'vitest';
import { listingAhead } from '../../../src/engine/listingAhead.ts';
import { openRepository } from '../../../src/repository/repository.ts';
import { countTrips } from '../../helpers/countTrips.ts';
import { FaultyBackend } from '../../helpers/faultyBackend.ts';
import { CairnError } from '../../../src/base/errors.ts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { createTestRepository } from '../../helpers/testRepository.ts';

async function createScene() {
  const made = await createTestRepository();
  await made.addSnapshot({ file: 'content' });
  const faulty = new FaultyBackend(made.backend);
  const far = countTrips(faulty);
  const repository = await openRepository(far.backend, { password: TEST_PASSWORD });
  far.reset();
  return { far, faulty, repository };
}

test('a list that follows another is asked for once that has come, and only then', async () => {
  const { far, repository } = await createScene();
  const { backend } = listingAhead(repository, { snapshot: ['index'], index: ['pack'] });
  expect(await backend.list('snapshot')).toHaveLength(1);
  expect(await backend.list('index')).toHaveLength(1);
  expect(await backend.list('pack')).toHaveLength(2);
  expect(far.trips).toEqual([['list snapshot'], ['list index'], ['list pack']]);
});

test('what was listed ahead counts once: the next time it is asked for', async () => {
  const { far, repository } = await createScene();
  const { backend } = listingAhead(repository, { index: ['pack', 'snapshot'] });
  await backend.list('index');
  await Promise.all([backend.list('pack'), backend.list('snapshot')]);
  expect(far.trips).toEqual([['list index'], ['list pack', 'list snapshot']]);
  await backend.list('index');
  await backend.list('pack');
  expect(far.calls().slice(3)).toEqual(['list index', 'list pack']);
});

test('an index that is listed anew before its packs were wanted has them listed anew', async () => {
  const { far, repository } = await createScene();
  const { backend } = listingAhead(repository, { index: ['pack'] });
  await backend.list('index');
  await backend.list('index');
  await backend.list('pack');
  expect(far.calls().filter((call) => call === 'list pack')).toHaveLength(2);
  expect(far.calls().at(-1)).toBe('list pack');
});

test('a failure is told to whoever wants the list', async () => {
  const { faulty, repository } = await createScene();
  const { backend } = listingAhead(repository, { index: ['pack'] });
  faulty.inject({ operation: 'list', type: 'pack', fail: new CairnError('storage-error', 'No.') });
  await backend.list('index');
  await expect(backend.list('pack')).rejects.toThrow('No.');
});
