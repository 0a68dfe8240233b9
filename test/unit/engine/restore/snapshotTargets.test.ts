import { expect, test } from 'vitest';
import {
  isInTarget,
  leadsToTarget,
  locateTargets,
  originalPlace,
} from '../../../../src/engine/restore/snapshotTargets.ts';
import { createTestRepository, type FolderLiteral } from '../../../helpers/testRepository.ts';

/** The tree, the paths of the snapshot, the targets that are found, and below which folder the tree belongs. */
test.each<[string, FolderLiteral, string[], string[], string | undefined]>([
  ['an absolute path', { home: { me: { work: { a: '' } } } }, ['/home/me/work'], ['/home/me/work'], '/'],
  ['two', { home: { a: {}, b: {} } }, ['/home/a', '/home/b'], ['/home/a', '/home/b'], '/'],
  ['a relative path', { work: { a: '' } }, ['/home/me/work'], ['/work'], '/home/me'],
  ['relative paths', { src: { a: {}, b: {} } }, ['/x/src/a', '/x/src/b'], ['/src/a', '/src/b'], '/x'],
  ['a file', { 'f.txt': '' }, ['/home/f.txt'], ['/f.txt'], '/home'],
  ['.', { a: '', b: {} }, ['/home/me/work'], ['/'], '/home/me/work'],
  ['. that is empty', {}, ['/home/me/work'], ['/'], '/home/me/work'],
  ['the root', { etc: {}, home: {} }, ['/'], ['/'], '/'],
  ['. and another', { a: '', other: {} }, ['/home/work', '/home/other'], ['/other'], undefined],
  ['the same name twice on the way', { x: { x: { a: '' } } }, ['/x/x'], [], undefined],
  ['relative paths from two places', { a: {}, b: {} }, ['/p/a', '/q/b'], ['/a', '/b'], undefined],
  ['a path that was not read', { a: {} }, ['/a', '/b'], ['/a'], undefined],
])('%s', async (_, tree, paths, expected, base) => {
  const repository = await createTestRepository();
  const stored = await repository.addSnapshot(tree, { paths });
  const targets = await locateTargets((await repository.openSession()).reader, stored);
  expect(targets.map(({ treePath }) => treePath)).toEqual(expected);
  expect(originalPlace(targets, { stored, path: '/' }, false)).toBe(base);
  expect(originalPlace(targets, { stored, path: '/' }, true)).toBe(undefined);
});

test.each<[string, FolderLiteral, string[], string[], string | undefined]>([
  ['a path of Windows', { C: { me: { work: { a: '' } } } }, ['C:\\me\\work'], ['/C/me/work'], ''],
  ['two on two drives', { C: { a: {} }, D: { b: {} } }, ['C:\\a', 'D:\\b'], ['/C/a', '/D/b'], ''],
  ['a relative path of Windows', { work: { a: '' } }, ['C:\\me\\work'], ['/work'], 'C:\\me'],
  ['a drive', { C: { a: {}, b: {} } }, ['C:\\'], ['/C'], ''],
  ['. of Windows', { a: '', b: {} }, ['C:\\me\\work'], ['/'], 'C:\\me\\work'],
  ['relative paths from two drives', { a: {}, b: {} }, ['C:\\a', 'D:\\b'], ['/a', '/b'], undefined],
])('%s', async (_, tree, paths, expected, base) => {
  const repository = await createTestRepository();
  const stored = await repository.addSnapshot(tree, { paths });
  const targets = await locateTargets((await repository.openSession()).reader, stored);
  expect(targets.map(({ treePath }) => treePath)).toEqual(expected);
  expect(originalPlace(targets, { stored, path: '/' }, true)).toBe(base);
  expect(originalPlace(targets, { stored, path: '/' }, false)).toBe(undefined);
});

test.each([
  ['/a/b', true, false],
  ['/a/b/c', true, false],
  ['/a', false, true],
  ['/', false, true],
  ['/a/bc', false, false],
  ['/c', false, false],
])('%s beside a target /a/b', (path, isIn, leads) => {
  const targets = [{ treePath: '/a/b', base: [] }];
  expect(isInTarget(targets, path)).toBe(isIn);
  expect(leadsToTarget(targets, path)).toBe(leads);
});

test('everything is in the root', () => {
  expect(isInTarget([{ treePath: '/', base: ['x'] }], '/any/thing')).toBe(true);
  expect(leadsToTarget([{ treePath: '/', base: ['x'] }], '/')).toBe(false);
});
