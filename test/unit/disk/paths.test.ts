import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namesBelow, pathInside, resolveLinks } from '../../../src/disk/paths.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const base = resolveLinks(tempFolder());
writeTree(base, { 'a/b/c': 'x', ab: null, '..c': null });
symlinkSync(join(base, 'a/b'), join(base, 'to-b'));
symlinkSync(join(base, 'a'), join(base, 'to-a'));

test.each([
  ['a', 'a', ''],
  ['a', 'a/b/c', 'b/c'],
  ['a', 'ab', undefined],
  ['a/b', 'a', undefined],
  ['.', '..c', '..c'],
  ['a', 'to-b', 'b'],
  ['to-a', 'a/b/c', 'b/c'],
  ['to-a', 'to-b/new/thing', 'b/new/thing'],
  ['to-b', 'to-a', undefined],
])('in %s, %s is at %s', (parent, child, expected) => {
  expect(pathInside(join(base, parent), join(base, child))).toBe(expected);
});

test('a place whose name is not UTF-8', () => {
  writeTree(base, { 'a/\udcff': null });
  expect(pathInside(join(base, 'a'), join(base, 'a/\udcff/x'))).toBe('\udcff/x');
});

test('the names on the way down to a path', () => {
  expect(namesBelow('/a', '/a/b/c')).toEqual(['b', 'c']);
  expect(namesBelow('/', '/a')).toEqual(['a']);
  expect(namesBelow('/a/', '/a')).toEqual([]);
  expect(() => namesBelow('/a', '/b')).toThrow('not inside');
});
