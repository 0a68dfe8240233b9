import { sep } from 'node:path';
import { expect, test } from 'vitest';
import type { DiskPath, PathBelow, TreePath } from '../../../src/base/pathKinds.ts';
import { hasPlace, isSamePlace, isWindowsPath } from '../../../src/base/samePlace.ts';
import {
  isInTreePath,
  joinTreePath,
  namesOfTreePath,
  nameOfTreePath,
  parentOfTreePath,
  treePathOf,
  wayInTree,
} from '../../../src/base/treePath.ts';
import { joinName, joinPath } from '../../../src/disk/paths.ts';

test('the compiler tells a place on the disk from one in a snapshot', () => {
  const [disk, tree, below]: [DiskPath, TreePath, PathBelow] = ['/disk', '/tree', 'below'];
  // @ts-expect-error A place in a snapshot is not below one on the disk.
  joinName(disk, tree);
  // @ts-expect-error Nor is a place on the disk.
  joinPath(disk, disk);
  // @ts-expect-error And none on the disk is in a snapshot.
  joinTreePath(disk, below);
  // @ts-expect-error Nor the other way round.
  joinName(tree, below);
  // @ts-expect-error They are no same place either.
  isSamePlace(disk, tree);
  expect([joinName(disk, below), joinTreePath(tree, below)]).toEqual([`/disk${sep}below`, '/tree/below']);
});

test('paths in a tree', () => {
  expect(joinTreePath('/', 'a')).toBe('/a');
  expect(joinTreePath('/a', 'b')).toBe('/a/b');
  expect(treePathOf([])).toBe('/');
  expect(treePathOf(['a', 'b'])).toBe('/a/b');
  expect(namesOfTreePath('/')).toEqual([]);
  expect(namesOfTreePath('/a/b')).toEqual(['a', 'b']);
  expect(['/', '/a', '/a/b'].map(parentOfTreePath)).toEqual(['/', '/', '/a']);
  expect(['/', '/a', '/a/b'].map(nameOfTreePath)).toEqual(['', 'a', 'b']);
});

test.each([
  ['/', '/', ''],
  ['/', '/a', 'a'],
  ['/a', '/a', ''],
  ['/a', '/a/b/c', 'b/c'],
  ['/a', '/ab', undefined],
  ['/a/b', '/a', undefined],
])('from %s to %s it is %j', (folder, path, way) => {
  expect(wayInTree(folder, path)).toBe(way);
  expect(isInTreePath(path, folder)).toBe(way !== undefined);
});

test.each([
  ['C:\\a', 'c:\\A', true],
  ['C:\\a', 'C:/a/', true],
  ['C:\\', 'c:/', true],
  ['\\\\host\\share\\a', '\\\\HOST\\Share/a', true],
  ['C:\\a', 'D:\\a', false],
  ['C:\\a', 'C:\\ab', false],
  ['/a', '/a', true],
  ['/a', '/A', false],
  ['/a', '/a/', false],
])('%s and %s: the same place is %s', (a, b, expected) => {
  expect(isSamePlace(a, b)).toBe(expected);
  expect(hasPlace(['/other', a], b)).toBe(expected);
});

test('paths of Windows', () => {
  for (const path of ['C:', 'C:\\', 'c:/a', '\\\\host\\share']) expect(isWindowsPath(path)).toBe(true);
  for (const path of ['/C:', 'C:a', 'CD:\\', '\\a', '\\\\host', '//host/share', ''])
    expect(isWindowsPath(path)).toBe(false);
});
