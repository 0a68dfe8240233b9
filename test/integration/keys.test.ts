import { beforeEach, describe, expect, test } from 'vitest';
import { initRepository } from '../../src/engine/init.ts';
import {
  addRepositoryKey,
  changeRepositoryPassword,
  listRepositoryKeys,
  removeRepositoryKey,
} from '../../src/engine/keys.ts';
import { currentOwner, lockRepository } from '../../src/engine/session.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { MemoryBackend } from '../helpers/memoryBackend.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';

const keyCost = { N: 2, r: 8, p: 1 };
let backend: MemoryBackend;
let repository: Repository;
beforeEach(async () => {
  backend = new MemoryBackend();
  repository = await initRepository(backend, { password: 'first', keyCost });
});

const opens = async (password: string) =>
  openRepository(backend, { password }).then(
    () => true,
    () => false,
  );
const filesOf = (type: string) => [...backend.files.keys()].filter((path) => path.startsWith(type));

describe('init', () => {
  test('the key says whose it is', async () => {
    const { hostname, username } = currentOwner();
    const keys = await listRepositoryKeys(repository);
    expect(keys).toMatchObject([{ id: repository.keyId, hostname, username, isCurrent: true }]);
    expect(Math.abs(Date.parse(keys[0]!.created) - Date.now())).toBeLessThan(60_000);
  });

  test('version 2 unless stated, another chunker each time unless copied', async () => {
    const other = await initRepository(new MemoryBackend(), { password: 'x', keyCost, version: 1 });
    expect([repository.config.version, other.config.version]).toEqual([2, 1]);
    expect(other.config.chunkerPolynomial).not.toBe(repository.config.chunkerPolynomial);
    const copy = await initRepository(new MemoryBackend(), {
      password: 'x',
      keyCost,
      chunkerPolynomial: other.config.chunkerPolynomial,
    });
    expect(copy.config.chunkerPolynomial).toBe(other.config.chunkerPolynomial);
    expect(copy.config.id).not.toBe(other.config.id);
  });

  test('nothing is made where there is a repository', async () => {
    await expect(initRepository(backend, { password: 'x', keyCost })).rejects.toMatchObject({
      code: 'repository-exists',
    });
    expect(await opens('first')).toBe(true);
  });
});

test('another password opens the repository, too', async () => {
  const id = await addRepositoryKey(repository, { password: 'second', keyCost });
  expect([await opens('first'), await opens('second'), await opens('third')]).toEqual([true, true, false]);
  const opened = await openRepository(backend, { password: 'second' });
  expect(opened.keyId).toBe(id);
  const keys = await listRepositoryKeys(opened);
  expect(keys.map((key) => key.isCurrent)).toEqual([false, true]);
});

test('a removed key opens nothing any more', async () => {
  const id = await addRepositoryKey(repository, { password: 'second', keyCost });
  expect(await removeRepositoryKey(repository, id.slice(0, 12))).toBe(id);
  expect([await opens('first'), await opens('second')]).toEqual([true, false]);
});

test.each([
  ['the key in use', () => repository.keyId, 'refused'],
  ['no key', () => 'ffffffffffff', 'key-not-found'],
  ['nothing', () => '', 'key-not-found'],
  ['no id', () => '../config', 'key-not-found'],
])('removing %s fails', async (_, prefix, code) => {
  await addRepositoryKey(repository, { password: 'second', keyCost });
  await expect(removeRepositoryKey(repository, prefix())).rejects.toMatchObject({ code });
  expect(filesOf('keys')).toHaveLength(2);
});

test('a changed password replaces the one that opened the repository, and no other', async () => {
  await addRepositoryKey(repository, { password: 'second', keyCost });
  const before = repository.keyId;
  const { keyId, removed } = await changeRepositoryPassword(repository, { password: 'new', keyCost });
  expect(removed).toBe(before);
  expect([await opens('first'), await opens('second'), await opens('new')]).toEqual([false, true, true]);
  expect((await openRepository(backend, { password: 'new' })).keyId).toBe(keyId);
});

test('an empty password is refused', async () => {
  await expect(addRepositoryKey(repository, { password: '', keyCost })).rejects.toMatchObject({ code: 'usage' });
  await expect(changeRepositoryPassword(repository, { password: '', keyCost })).rejects.toMatchObject({
    code: 'usage',
  });
  expect(filesOf('keys')).toHaveLength(1);
});

test('when the new key is not stored as it should be, the old one stays', async () => {
  const faulty = new FaultyBackend(backend);
  const opened = await openRepository(faulty, { password: 'first' });
  faulty.inject({ operation: 'save', type: 'key', corruptAt: 100 });
  await expect(changeRepositoryPassword(opened, { password: 'new', keyCost })).rejects.toMatchObject({
    code: 'repository-damaged',
  });
  expect(await opens('first')).toBe(true);
});

test('a damaged key is told and left out', async () => {
  const id = await addRepositoryKey(repository, { password: 'second', keyCost });
  backend.files.get(`keys/${id}`)![50]! ^= 1;
  const damaged: string[] = [];
  const keys = await listRepositoryKeys(repository, { onDamaged: (key) => damaged.push(key) });
  expect([keys.map((key) => key.id), damaged]).toEqual([[repository.keyId], [id]]);
});

describe('locks', () => {
  const actions = {
    list: () => listRepositoryKeys(repository),
    'list without a lock': () => listRepositoryKeys(repository, { noLock: true }),
    add: () => addRepositoryKey(repository, { password: 'x', keyCost }),
    remove: () => removeRepositoryKey(repository, repository.keyId),
    'change password': () => changeRepositoryPassword(repository, { password: 'x', keyCost }),
  };
  type Action = keyof typeof actions;

  test.each<[Action, 'shared' | 'exclusive', boolean]>([
    ['list', 'shared', true],
    ['list', 'exclusive', false],
    ['list without a lock', 'exclusive', true],
    ['add', 'shared', true],
    ['add', 'exclusive', false],
    ['remove', 'shared', false],
    ['change password', 'shared', false],
  ])('%s beside a lock that is %s: %s', async (action, kind, works) => {
    const lock = await lockRepository(repository, { lock: kind });
    await lock.confirmed;
    const result = await actions[action]().then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
    expect(result).toBe(works ? 'done' : 'locked');
    await lock.release();
  });

  test.each(Object.keys(actions) as Action[])('%s leaves none behind', async (action) => {
    await actions[action]().catch(() => {});
    expect(filesOf('locks')).toEqual([]);
  });
});
