import { expect, test } from 'vitest';
import { currentOwner, lockRepository } from '../../src/engine/session.ts';
import { unlockRepository } from '../../src/engine/unlock.ts';
import { lockFileToJson } from '../../src/repository/lockFile.ts';
import { formatTime } from '../../src/repository/format/time.ts';
import { createTestRepository } from '../helpers/testRepository.ts';

const MINUTE = 60_000;

test.each([
  ['young, of a living process elsewhere', 5, false, 0],
  ['old', 40, false, 1],
  ['young, all are to go', 5, true, 1],
])('a lock that is %s', async (_, minutes, removeAll, removed) => {
  const { repository } = await createTestRepository();
  const time = formatTime(BigInt(Date.now() - minutes * MINUTE) * 1_000_000n);
  const owner = { ...currentOwner(), hostname: 'elsewhere' };
  const id = await repository.writeFile('lock', lockFileToJson({ ...owner, time, exclusive: true, pid: 1 }));
  expect((await unlockRepository(repository, { removeAll })).map((lock) => lock.id)).toEqual(removed ? [id] : []);
  expect(await repository.backend.list('lock')).toHaveLength(1 - removed);
});

test('a lock in use stays', async () => {
  const { repository } = await createTestRepository();
  const lock = await lockRepository(repository, { lock: 'shared' });
  await lock.confirmed;
  expect(await unlockRepository(repository)).toEqual([]);
  lock.check();
  await lock.release();
});
