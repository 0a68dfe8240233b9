import type { Backend } from '../../src/backend/backend.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import type { Session } from '../../src/engine/session.ts';
import { BlobReader } from '../../src/repository/blobReader.ts';
import { loadIndex } from '../../src/repository/index/loadIndex.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { TEST_PASSWORD } from './restic.ts';

/** A session without a lock on a repository of the tests, for looking inside. */
export async function openSession(place: string | Backend, password = TEST_PASSWORD): Promise<Session> {
  const backend = typeof place === 'string' ? new LocalBackend(place) : place;
  return sessionOf(await openRepository(backend, { password }));
}

/** The same on a repository that is open. */
export async function sessionOf(repository: Repository): Promise<Session> {
  const index = await loadIndex(repository);
  return { repository, index, reader: new BlobReader(repository, index), checkLock: async () => {} };
}
