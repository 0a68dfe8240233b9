import { join } from 'node:path';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { backup } from '../../src/engine/backup/backup.ts';
import type { BackupOptions, BackupResult } from '../../src/engine/backup/backupOptions.ts';
import type { OpenCodecs } from '../../src/engine/codec/codecPool.ts';
import { withSession, type Session } from '../../src/engine/session.ts';
import { BlobReader } from '../../src/repository/blobReader.ts';
import { loadIndex } from '../../src/repository/index/loadIndex.ts';
import { addKey } from '../../src/repository/keys.ts';
import { createRepository, openRepository, type Repository } from '../../src/repository/repository.ts';
import { codecPoolOpener, type CodecPoolOptions } from '../../src/worker/codecPool.ts';
import { bundle } from './bundle.ts';
import { restic, TEST_PASSWORD } from './restic.ts';

let threadFile: string | undefined;

/** Real threads. Their sources are bundled once for a test file: threads that compile them start slowly. */
export function testCodecs(size = 2): OpenCodecs {
  return codecPoolOpener(testPool(size));
}

/** What `testCodecs` makes its pools with. */
export function testPool(size = 2): CodecPoolOptions {
  threadFile ??= bundle('src/worker/codecThread.ts');
  return { threadFile, size };
}

/** Creates a repository in a folder that does not exist yet, with a key that opens in no time. */
export function createLocalRepository(folder: string, version: 1 | 2 = 2): Promise<Repository> {
  return createRepository(new LocalBackend(folder), {
    password: TEST_PASSWORD,
    keyCost: { N: 2, r: 8, p: 1 },
    owner: { hostname: 'test-host', username: 'tester' },
    created: '2024-05-06T07:08:09Z',
    version,
  });
}

/** Lets restic create a repository, with a key that opens in no time. */
export async function createResticRepository(folder: string, version: 1 | 2 = 2): Promise<Repository> {
  restic(folder, ['init', '--repository-version', String(version)]);
  return makeKeyCheap(folder);
}

/** Replaces the only key by one that opens in no time, for tests that open a repository often. */
export async function makeKeyCheap(folder: string): Promise<Repository> {
  const made = await openLocalRepository(folder);
  await addKey(made, {
    password: TEST_PASSWORD,
    cost: { N: 2, r: 8, p: 1 },
    owner: { hostname: 'test-host', username: 'tester' },
    created: '2024-05-06T07:08:09Z',
  });
  await made.backend.remove({ type: 'key', name: made.keyId });
  return openLocalRepository(folder);
}

export function openLocalRepository(folder: string): Promise<Repository> {
  return openRepository(new LocalBackend(folder), { password: TEST_PASSWORD });
}

/** Backs up with the host name `test-host`, rules that leave nothing out, and no lock, to save time. */
export function backUp(
  repository: Repository,
  targets: readonly string[],
  options: Partial<BackupOptions> = {},
  codecs = testCodecs(),
): Promise<BackupResult> {
  return withSession(repository, { lock: 'none' }, (session) =>
    backup(session, codecs, {
      targets,
      workingFolder: '/',
      rules: {},
      hostname: 'test-host',
      programVersion: 'cairn test',
      ...options,
    }),
  );
}

/** A session without a lock, so that tests need not wait for it. */
export async function unlockedSession(repository: Repository): Promise<Session> {
  const index = await loadIndex(repository);
  return { repository, index, reader: new BlobReader(repository, index), checkLock: async () => {} };
}

/** The path of a file in the repository. */
export function repositoryFile(folder: string, type: 'data' | 'index' | 'snapshots' | 'keys', id: string): string {
  return type === 'data' ? join(folder, type, id.slice(0, 2), id) : join(folder, type, id);
}
