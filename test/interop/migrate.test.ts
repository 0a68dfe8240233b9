/** A repository of version 1 becomes one of version 2, for the real restic, too. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { GuardedBackend } from '../../src/engine/guard/guardedBackend.ts';
import { upgradeRepository } from '../../src/engine/migrate/upgradeRepository.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { cairn, cairnOk } from '../helpers/cairn.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createResticRepository, repositoryFile, testCodecs } from '../helpers/localRepository.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { flipBit } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

let top: string;
let repository: string;
beforeEach(async () => {
  top = tempFolder();
  repository = join(top, 'repository');
  await createResticRepository(repository, 1);
  writeTree(join(top, 'source'), { 'a.txt': 'alpha\n', 'large.txt': 'x'.repeat(50_000) });
  restic(repository, ['backup', 'source'], { cwd: top });
});

const config = () => JSON.parse(restic(repository, ['cat', 'config'])) as { version: number };
const ours = (...args: string[]) => cairnOk(['-r', repository, ...args], { cwd: top });

test('the version changes, the rest of the config does not, and both go on', () => {
  const before = config();
  expect(ours('migrate')).toBe('available migrations:\n  upgrade_repo_v2  upgrade a repository to version 2\n');
  expect(ours('migrate', 'upgrade_repo_v2')).toBe('migration upgrade_repo_v2: success\n');
  expect(config()).toEqual({ ...before, version: 2 });
  ours('backup', 'source');
  restic(repository, ['check', '--read-data']);
  expect(restic(repository, ['migrate'])).not.toContain('upgrade_repo_v2');
  expect(ours('migrate')).toBe('available migrations:\nno migrations found\n');
  const again = cairn(['-r', repository, 'migrate', 'upgrade_repo_v2']);
  expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('is not needed')]);
  const forced = cairn(['-r', repository, 'migrate', '-f', 'upgrade_repo_v2']);
  expect([forced.status, forced.stderr]).toEqual([1, expect.stringContaining('has version 2; only one of version 1')]);
  expect(cairn(['-r', repository, 'migrate', 'nonsense']).status).toBe(1);
});

test('what is damaged stays as it is', () => {
  const [id = ''] = ours('list', 'snapshots').split('\n');
  flipBit(repositoryFile(repository, 'snapshots', id), 40);
  const { status, stderr } = cairn(['-r', repository, 'migrate', 'upgrade_repo_v2']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('is damaged, so it stays as it is')]);
  expect(config().version).toBe(1);
});

test.each([
  ['cannot be written', new CairnError('disk-full', 'full'), { code: 'disk-full' }],
  ['cannot be replaced at once', new CairnError('repository-exists', 'there'), { code: 'refused' }],
])('a config that %s is the old one', async (_name, fail, expected) => {
  const before = readFileSync(join(repository, 'config'));
  const backend = new FaultyBackend(new LocalBackend(repository));
  const opened = await openRepository(backend, { password: TEST_PASSWORD });
  backend.inject({ operation: 'save', type: 'config', fail });
  await expect(upgradeRepository(opened, testCodecs(), {})).rejects.toMatchObject(expected);
  expect(backend.calls.filter((call) => call.startsWith('remove config'))).toEqual([]);
  expect(readFileSync(join(repository, 'config'))).toEqual(before);
});

test('a guard lets go of the old config, and has the new one', async () => {
  const told: string[] = [];
  const guard = { added: () => told.push('added'), removed: () => told.push('removed') };
  const backend = new GuardedBackend(new LocalBackend(repository), guard as unknown as GuardedBackend['guard']);
  await backend.save({ type: 'config', name: '' }, [readFileSync(join(repository, 'config'))], { replaces: true });
  expect(told).toEqual(['removed', 'added']);
});
