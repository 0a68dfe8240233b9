/** What `cat` and `list` print of a repository, beside the real restic. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatTime } from '../../src/repository/format/time.ts';
import { lockFileToJson } from '../../src/repository/lockFile.ts';
import { cairnOk } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createResticRepository, openLocalRepository, repositoryFile } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const repository = join(root, 'repository');

const theirs = (...args: string[]) => restic(repository, args, { cwd: root });
const ours = (...args: string[]) => cairnOk(['-r', repository, ...args], { cwd: root });
const sorted = (text: string) => text.split('\n').filter(Boolean).sort();

beforeAll(async () => {
  await createResticRepository(repository);
  writeTree(join(root, 'source'), { 'a.txt': 'alpha\n', 'sub/<b> & c.txt': 'beta\n', 'empty.txt': '' });
  theirs('backup', '--tag', 'a&b', '--exclude', '*.<o>', 'source');
  writeTree(join(root, 'source'), { 'a.txt': 'alpha, again\n' });
  ours('backup', 'source');
});

test.each(['blobs', 'packs', 'index', 'snapshots', 'keys'])('list %s', (type) => {
  const found = sorted(ours('list', type));
  expect(found.length).toBeGreaterThan(0);
  expect(found).toEqual(sorted(theirs('list', type)));
});

describe('cat', () => {
  const listed = (type: string) => sorted(ours('list', type)).map((line) => line.split(' ').at(-1)!);

  test.each(['config', 'masterkey'])('%s', (type) => expect(ours('cat', type)).toBe(theirs('cat', type)));

  test.each(['index', 'key', 'blob', 'snapshot'])('%s', (type) => {
    const ids = listed(type === 'index' ? type : `${type}s`);
    // restic shows no fields that it does not know: of ours only what it made itself is the same.
    const isOfRestic = (id: string) => type !== 'snapshot' || theirs('cat', type, id).includes('"a\\u0026b"');
    const compared = ids.filter(isOfRestic).slice(0, 4);
    expect(compared.length).toBeGreaterThan(0);
    for (const id of compared) expect(ours('cat', type, id)).toBe(theirs('cat', type, id));
  });

  test('a snapshot of Cairn has its fields besides', () => {
    const id = ours('list', 'snapshots')
      .split('\n')
      .find((line) => line && !theirs('cat', 'snapshot', line).includes('"a\\u0026b"'))!;
    const found = JSON.parse(ours('cat', 'snapshot', id.slice(0, 12))) as object;
    const expected = JSON.parse(theirs('cat', 'snapshot', id)) as object;
    expect(found).toMatchObject(expected);
    expect(JSON.parse(ours('cat', 'snapshot', 'latest'))).toEqual(found);
  });

  test('a pack is printed as it is', () => {
    for (const id of listed('packs').slice(0, 2))
      expect(ours('cat', 'pack', id)).toBe(readFileSync(repositoryFile(repository, 'data', id), 'utf8'));
  });

  test('the tree of a snapshot, and of a folder in it', () => {
    const { tree } = JSON.parse(ours('cat', 'snapshot', 'latest')) as { tree: string };
    const list = ours('cat', 'tree', 'latest');
    expect(list).toBe(theirs('cat', 'blob', tree));
    const [{ subtree }] = (JSON.parse(list) as { nodes: [{ subtree: string }] }).nodes;
    expect(ours('cat', 'tree', 'latest:/source')).toBe(theirs('cat', 'blob', subtree));
  });

  test('a file, as ever', () => expect(ours('cat', 'latest:source/a.txt')).toBe('alpha, again\n'));
});

test('a lock', async () => {
  expect(ours('list', 'locks')).toBe('');
  const lock = {
    time: formatTime(BigInt(Date.now()) * 1_000_000n),
    exclusive: false,
    hostname: 'a<b',
    username: 'me',
    pid: 1,
    uid: 0,
    gid: 5,
  };
  const id = await (await openLocalRepository(repository)).writeFile('lock', lockFileToJson(lock));
  expect(ours('list', 'locks')).toBe(`${id}\n`);
  expect(ours('cat', 'lock', id)).toBe(theirs('cat', 'lock', id));
});
