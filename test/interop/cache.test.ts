import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listCaches } from '../../src/backend/cache/storedCaches.ts';
import { withCacheIn } from '../../src/backend/cache/withCache.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { openRepository, Repository } from '../../src/repository/repository.ts';
import { readAllFolders } from '../helpers/readAllFolders.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';

let base: string;
let caches: string;
let place: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'cairn-shared-cache-'));
  caches = join(base, 'caches');
  place = join(base, 'repository');
  mkdirSync(join(base, 'source', 'folder'), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true }));

function restic(...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('restic', ['-r', place, ...args], {
    cwd: base,
    encoding: 'utf8',
    env: { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD, RESTIC_CACHE_DIR: caches },
  });
  if (error) throw new Error(`The real restic is needed for this test: ${error.message}`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

function fill(...options: string[]): void {
  restic(...options, 'init');
  for (const name of ['one', 'two']) {
    writeFileSync(join(base, 'source', 'folder', name), name);
    restic(...options, 'backup', 'source');
  }
}

async function openCached(): Promise<Repository> {
  const local = new LocalBackend(place);
  const { config, masterKey, keyId } = await openRepository(local, { password: TEST_PASSWORD });
  return new Repository(withCacheIn(local, caches, config.id), config, masterKey, keyId);
}

/** Makes all that a cache may have unreadable in the repository itself, but for its contents. */
function spoil(): void {
  for (const folder of ['index', 'snapshots', 'data']) {
    const files = readdirSync(join(place, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /[0-9a-f]{64}$/.test(name))) {
      const path = join(place, folder, file);
      const { length } = readFileSync(path);
      chmodSync(path, 0o600);
      writeFileSync(path, Buffer.alloc(length, 'x'));
    }
  }
}

test('Cairn reads what restic has cached', async () => {
  fill();
  spoil();
  const paths = await readAllFolders(await openCached());
  expect(paths.filter((path) => path.endsWith('/two'))).toHaveLength(1);
  expect(paths.filter((path) => path.endsWith('/one'))).toHaveLength(2);
  expect(restic('cache')).toContain('1 cache dirs');
});

test('restic reads what Cairn has cached, and lists its cache', async () => {
  fill('--no-cache');
  const repository = await openCached();
  await readAllFolders(repository);
  await repository.backend.close();
  spoil();
  expect(restic('ls', 'latest')).toContain('/two');
  expect(restic('cache')).toContain(repository.config.id.slice(0, 10));
  expect(listCaches(caches)).toMatchObject([{ repositoryId: repository.config.id }]);
});

test('each takes the place of what the other has spoilt', async () => {
  fill();
  const good = join(base, 'good');
  cpSync(caches, good, { recursive: true });
  const damage = () => {
    for (const file of readdirSync(caches, { recursive: true, encoding: 'utf8' })) {
      if (!/[\\/](index|snapshots)[\\/].*[0-9a-f]{64}$/.test(file)) continue;
      writeFileSync(join(caches, file), readFileSync(join(caches, file)).fill(0, 40));
    }
  };
  damage();
  await readAllFolders(await openCached());
  for (const file of readdirSync(good, { recursive: true, encoding: 'utf8' })) {
    if (!/[0-9a-f]{64}$/.test(file) || /^[0-9a-f]{64}$/.test(file)) continue;
    expect(readFileSync(join(caches, file)).equals(readFileSync(join(good, file)))).toBe(true);
  }
  expect(restic('ls', 'latest')).toContain('/two');
});
