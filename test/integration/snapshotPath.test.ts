import { beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { treeNamesOf } from '../../src/disk/treePaths.ts';
import { parseSnapshotPath, possibleCuts, resolveSnapshotPath } from '../../src/engine/snapshotPath.ts';
import { createTestRepository, type FolderLiteral } from '../helpers/testRepository.ts';

test.each([
  ['latest', 'latest', ''],
  ['latest:', 'latest', ''],
  ['1234abcd:/home/x:y', '1234abcd', '/home/x:y'],
  ['latest:src/a', 'latest', 'src/a'],
  ['latest:C:\\Users', 'latest', 'C:\\Users'],
])('%s', (text, snapshot, path) => {
  expect(parseSnapshotPath(text)).toEqual({ snapshot, path });
});

test.each([
  ['/home/x', ['home'], ['/home/x'], [0]],
  ['/home/x', ['x'], ['/home/x'], [1, 2]],
  ['/home/x', ['a', 'x', 'home'], ['/home/x'], [2]],
  ['/home/x', ['a'], ['/home/x'], [2]],
  ['/home/x', [], ['/home/x'], [2]],
  ['/', ['bin', 'etc'], ['/'], [0]],
  ['/', ['bin'], ['/'], [0]],
  ['/home/x', ['home', 'etc'], ['/home/x', '/etc'], [0]],
  ['/home/x', ['x', 'y'], ['/home/x', '/home/y'], [1, 2]],
  ['/home/x', ['home', 'y'], ['/home/x', '/work/y'], [0, 2]],
  ['C:\\Users\\x', ['C'], ['C:\\Users\\x'], [0]],
])('names of %s that are missing beside %j at the root, targets %j: %j', (target, rootNames, targets, expected) => {
  const all = targets.map((path) => treeNamesOf(path));
  expect(possibleCuts(treeNamesOf(target), all, rootNames)).toEqual(expected);
});

describe('places', () => {
  /** Trees of `/home/x` as four command lines give them (format notes 6.1). */
  const content: FolderLiteral = { 'a.txt': 'a', src: { 'b.txt': 'b' }, x: { 'c.txt': 'c' } };
  const trees: Record<string, FolderLiteral> = {
    absolute: { home: { x: content } },
    relative: { x: content },
    dot: content,
  };
  const ids: Record<string, string> = {};
  let session: Session;
  beforeAll(async () => {
    const repository = await createTestRepository();
    for (const [name, tree] of Object.entries(trees)) {
      ids[name] = (await repository.addSnapshot(tree, { paths: ['/home/x'] })).id;
    }
    session = await repository.openSession();
  });
  const resolve = async (name: string, path: string) =>
    (await resolveSnapshotPath(session, `${ids[name]}:${path}`)).path;

  test.each([
    ['absolute', '', '/'],
    ['absolute', '/', '/'],
    ['absolute', '/home', '/home'],
    ['absolute', '/home/x/src/b.txt', '/home/x/src/b.txt'],
    ['absolute', 'src/b.txt', '/home/x/src/b.txt'],
    ['absolute', 'x/c.txt', '/home/x/x/c.txt'],
    ['absolute', 'src/../a.txt', '/home/x/a.txt'],
    ['relative', '/home/x/src/b.txt', '/x/src/b.txt'],
    ['relative', 'src', '/x/src'],
    ['relative', '/x/src', '/x/src'],
    ['dot', '/home/x/src/b.txt', '/src/b.txt'],
    ['dot', '/home/x', '/'],
    ['dot', '/home/x/x', '/x'],
    ['dot', '/x', '/x'],
    ['dot', 'x/c.txt', '/x/c.txt'],
    ['relative', 'x/c.txt', '/x/x/c.txt'],
    ['relative', '/home/x/x', '/x/x'],
    ['dot', 'src/b.txt', '/src/b.txt'],
    ['dot', '/src', '/src'],
  ])('%s: %j is %s', async (name, path, expected) => {
    expect(await resolve(name, path)).toBe(expected);
  });

  test.each([
    ['absolute', '/home/x/src/none', '/home/x/src"'],
    ['absolute', '/none', '/"'],
    ['absolute', 'a.txt/b', '/home/x"'],
    ['absolute', '..', '/home/x"'],
  ])('%s: there is no %j, but %s', async (name, path, nearest) => {
    await expect(resolve(name, path)).rejects.toMatchObject({
      code: 'path-not-in-snapshot',
      message: expect.stringContaining(`"cairn ls ${ids[name]!.slice(0, 8)} ${nearest}`) as string,
    });
  });

  test('the latest snapshot, of those that pass the filter', async () => {
    expect((await resolveSnapshotPath(session, 'latest')).stored.id).toBe(ids['dot']);
    await expect(resolveSnapshotPath(session, 'latest', { hosts: ['other'] })).rejects.toMatchObject({
      code: 'snapshot-not-found',
    });
  });
});
