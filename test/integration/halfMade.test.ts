/** A repository whose making was cut off is made by the next attempt, and nothing of the first is left. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { openOrCreateDefaultRepository } from '../../src/engine/defaultRepository.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { createRepository, openRepository } from '../../src/repository/repository.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const settings = (password = TEST_PASSWORD) => ({
  password,
  keyCost: { N: 1024, r: 8, p: 1 },
  owner: { hostname: 'host', username: 'me' },
  created: '2026-01-01T00:00:00Z',
});

describe('init, cut off between key and config', () => {
  async function cutOff(): Promise<{ folder: string; backend: LocalBackend }> {
    const folder = join(tempFolder(), 'repository');
    const backend = new LocalBackend(folder);
    const faulty = new FaultyBackend(backend);
    faulty.inject({ operation: 'save', type: 'config', fail: new CairnError('storage-error', 'EIO') });
    await expect(createRepository(faulty, settings())).rejects.toMatchObject({ code: 'storage-error' });
    return { folder, backend };
  }

  test('is completed by the same password', async () => {
    const { folder, backend } = await cutOff();
    const [key] = readdirSync(join(folder, 'keys'));
    const { keyId } = await createRepository(backend, settings());
    expect(keyId).toBe(key);
    expect(readdirSync(join(folder, 'keys'))).toEqual([key]);
    await openRepository(backend, settings());
    restic(folder, ['check', '--read-data']);
  });

  test('is refused with another, and stays', async () => {
    const { folder, backend } = await cutOff();
    await expect(createRepository(backend, settings('another'))).rejects.toMatchObject({ code: 'repository-exists' });
    expect(readdirSync(join(folder, 'keys'))).toHaveLength(1);
  });

  test.each(['snapshots', 'index', 'data/ab'])('is refused if there is anything in %s', async (place) => {
    const { folder, backend } = await cutOff();
    writeFileSync(join(folder, place, `ab${'0'.repeat(62)}`), 'x');
    await expect(createRepository(backend, settings())).rejects.toMatchObject({ code: 'repository-exists' });
  });
});

describe('the default repository', () => {
  const place = () => {
    const root = tempFolder();
    return { root, paths: { repository: join(root, 'cairn/repository'), passwordFile: join(root, 'cairn/password') } };
  };

  test.each(['', '\n'])('is made although the password file holds %j', async (content) => {
    const { paths, root } = place();
    mkdirSync(join(root, 'cairn'));
    writeFileSync(paths.passwordFile, content);
    expect((await openOrCreateDefaultRepository(paths)).created).toBe(true);
    expect((await openOrCreateDefaultRepository(paths)).created).toBe(false);
    expect(readdirSync(join(root, 'cairn')).sort()).toEqual(['password', 'repository']);
  });

  test('takes away what attempts left that were killed', async () => {
    const { paths, root } = place();
    mkdirSync(join(root, 'cairn/repository.new-0123456789ab/keys'), { recursive: true });
    await openOrCreateDefaultRepository(paths);
    expect(readdirSync(join(root, 'cairn')).sort()).toEqual(['password', 'repository']);
  });

  test('is one, and opens, for many that make it at once', async () => {
    const { paths } = place();
    const made = await Promise.all(Array.from({ length: 5 }, () => openOrCreateDefaultRepository(paths)));
    expect(new Set(made.map(({ repository }) => repository.config.id)).size).toBe(1);
  });

  test('an empty password file of one that is there is not replaced', async () => {
    const { paths } = place();
    await openOrCreateDefaultRepository(paths);
    rmSync(paths.passwordFile);
    writeFileSync(paths.passwordFile, '');
    await expect(openOrCreateDefaultRepository(paths)).rejects.toMatchObject({ code: 'password-missing' });
  });
});
