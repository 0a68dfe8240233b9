import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { withCacheIn } from '../../src/backend/cache/withCache.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { openRepository, Repository } from '../../src/repository/repository.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { countTrips } from '../helpers/countTrips.ts';
import { createResticRepository } from '../helpers/localRepository.ts';
import { readAllFolders } from '../helpers/readAllFolders.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';

const noThreads = () => {
  throw new Error('No thread is needed.');
};

let base: string;
let backend: Backend;
let calls: () => string[];
let reset: () => void;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'cairn-cached-'));
  const place = join(base, 'repository');
  await createResticRepository(place);
  for (let i = 0; i < 3; i++) {
    writeFileSync(join(base, `file ${i}`), `content ${i}`);
    restic(place, ['backup', join(base, `file ${i}`)]);
  }
  ({ backend, calls, reset } = countTrips(new LocalBackend(place), { quiet: 0 }));
});
afterEach(() => rmSync(base, { recursive: true }));

async function open(): Promise<Repository> {
  const { config, masterKey, keyId } = await openRepository(backend, { password: TEST_PASSWORD });
  return new Repository(withCacheIn(backend, join(base, 'cache'), config.id), config, masterKey, keyId);
}

/** Reads all snapshots and folders, and tells what was read of the storage for it. */
async function readAll(repository: Repository): Promise<string[]> {
  reset();
  await readAllFolders(repository);
  return calls().filter((call) => call.startsWith('load'));
}

const cached = () =>
  readdirSync(join(base, 'cache'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /[\\/][0-9a-f]{64}$/.test(file))
    .map((file) => join(base, 'cache', file));

test('what was read once is not read again', async () => {
  const kinds = ['index', 'snapshot', 'pack'].map((kind) => `load ${kind}`);
  const first = await readAll(await open());
  for (const kind of kinds) expect(first.filter((call) => call.startsWith(kind))).toHaveLength(3);
  expect(await readAll(await open())).toEqual([]);
});

test('what is spoilt in the cache is read from the storage, and mended', async () => {
  await readAll(await open());
  const files = cached();
  expect(files).toHaveLength(9);
  for (const file of files) {
    const bytes = readFileSync(file);
    bytes.fill(0xff, 10, 20);
    writeFileSync(file, bytes);
  }
  expect(await readAll(await open())).toHaveLength(9);
  expect(await readAll(await open())).toEqual([]);
});

test('verify goes by the storage alone', async () => {
  await readAll(await open());
  const place = join(base, 'repository', 'data');
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((file) => /[0-9a-f]{64}$/.test(file));
  const repository = await open();
  expect((await verify(repository, noThreads, { noLock: true })).findings).toEqual([]);
  for (const file of files) {
    const bytes = readFileSync(join(place, file));
    bytes.fill(0xff, 0, 50);
    rmSync(join(place, file));
    writeFileSync(join(place, file), bytes);
  }
  expect(await readAll(repository)).toEqual([]);
  const { findings } = await verify(repository, noThreads, { noLock: true });
  expect(findings.length).toBeGreaterThan(0);
});
