import { describe, expect, test } from 'vitest';
import { isSamePlace, isWindowsPath, placeKey } from '../../../src/base/samePlace.ts';
import {
  isInside,
  joinPath,
  lastName,
  namesBelow,
  parentFolder,
  pathOf,
  topFolder,
  wayBelow,
} from '../../../src/extension/diskPaths.ts';

test.each([
  ['c:\\Users\\me', 'C:\\Users\\me'],
  ['C:\\Users\\me', 'C:\\Users\\me'],
  ['c:\\', 'C:\\'],
  ['\\\\server\\share\\me', '\\\\server\\share\\me'],
  ['/home/me', '/home/me'],
  ['/c:/me', '/c:/me'],
])('the place of the file %s is %s', (fsPath, path) => expect(pathOf({ fsPath })).toBe(path));

test.each([
  ['C:\\', true],
  ['c:/a', true],
  ['\\\\server\\share', true],
  ['/home', false],
  ['/C:/a', false],
  ['//server/share', false],
  ['', false],
])('%s is a path of Windows: %s', (path, windows) => expect(isWindowsPath(path)).toBe(windows));

test.each([
  { path: 'C:\\Users\\me\\a.txt', folder: 'C:\\Users\\me', name: 'a.txt' },
  { path: 'C:\\a', folder: 'C:\\', name: 'a' },
  { path: 'C:\\', folder: 'C:\\', name: '' },
  { path: '\\\\server\\share\\a\\b', folder: '\\\\server\\share\\a', name: 'b' },
  { path: '\\\\server\\share\\a', folder: '\\\\server\\share\\', name: 'a' },
  { path: '/home/me/a.txt', folder: '/home/me', name: 'a.txt' },
  { path: '/home/me/a\\b', folder: '/home/me', name: 'a\\b' },
  { path: '/C:\\a', folder: '/', name: 'C:\\a' },
  { path: '/', folder: '/', name: '' },
])('$path has the name "$name" in $folder', ({ path, folder, name }) => {
  expect([parentFolder(path), lastName(path)]).toEqual([folder, name]);
  if (name !== '') expect(joinPath(folder, name)).toBe(path);
});

test.each([
  { folder: 'C:\\w', path: 'C:\\w\\src\\a.ts', way: 'src/a.ts' },
  { folder: 'C:\\', path: 'C:\\w\\a.ts', way: 'w/a.ts' },
  { folder: 'C:\\w\\', path: 'C:\\w\\a.ts', way: 'a.ts' },
  { folder: '\\\\server\\share', path: '\\\\server\\share\\x\\a', way: 'x/a' },
  { folder: '\\\\server\\share\\', path: '\\\\server\\share\\x', way: 'x' },
  { folder: '/w', path: '/w/src/a.ts', way: 'src/a.ts' },
  { folder: '/', path: '/w/a.ts', way: 'w/a.ts' },
  { folder: '/w', path: '/w/..a', way: '..a' },
  { folder: '/w', path: '/w/a\\b', way: 'a\\b' },
])('from $folder to $path it is $way', ({ folder, path, way }) => {
  expect(wayBelow(folder, path)).toBe(way);
  expect(namesBelow(folder, path)).toEqual(way.split('/'));
  expect(joinPath(folder, way)).toBe(path);
  expect(isInside(path, folder)).toBe(true);
  expect(isInside(folder, path)).toBe(false);
  expect(wayBelow(path, path)).toBe('');
  expect(namesBelow(path, path)).toEqual([]);
  expect(joinPath(path, '')).toBe(path);
});

test.each([
  ['C:\\work', 'c:\\Work\\Größe.TXT', 'Größe.TXT'],
  ['\\\\Server\\Share', '\\\\server\\share\\A', 'A'],
  ['C:\\w', 'C:/w/src/a.ts', 'src/a.ts'],
])('on Windows neither case nor the kind of slash counts: %s, %s', (folder, path, way) => {
  expect(wayBelow(folder, path)).toBe(way);
});

test.each([
  ['C:\\w', 'C:\\wx\\a'],
  ['C:\\w', 'D:\\w\\a'],
  ['C:\\w\\x', 'C:\\w'],
  ['\\\\server\\share', '\\\\server\\other\\a'],
  ['/w', '/wx/a'],
  ['/w', '/W/a'],
  ['/w/x', '/w'],
  ['/', 'C:\\w'],
  ['C:\\', '/C:/w'],
  ['/C:', 'C:\\w'],
])('%s does not hold %s', (folder, path) => {
  expect(isInside(path, folder)).toBe(false);
  expect(wayBelow(folder, path)).toBeUndefined();
  expect(namesBelow(folder, path)).toEqual([]);
});

describe('the same place', () => {
  test.each([
    ['C:\\Work\\a', 'c:\\work\\A', true],
    ['C:\\w', 'C:/w', true],
    ['C:\\w', 'C:\\w\\', true],
    ['\\\\server\\share', '\\\\SERVER\\share\\', true],
    ['C:\\', 'c:\\', true],
    ['C:\\w', 'D:\\w', false],
    ['/w', '/w', true],
    ['/w', '/W', false],
    ['/w/a\\b', '/w/a/b', false],
    ['/c/w', 'C:\\w', false],
  ])('%s, %s: %s', (a, b, same) => {
    expect(isSamePlace(a, b)).toBe(same);
    expect(placeKey(a) === placeKey(b)).toBe(same);
  });
});

test.each([
  ['C', true, 'C:\\'],
  ['c', true, 'C:\\'],
  ['\\\\server\\share', true, '\\\\server\\share\\'],
  ['src', true, '/src'],
  ['C', false, '/C'],
  ['home', false, '/home'],
])('at the top of a tree, %s (Windows: %s) is %s', (name, windows, path) => {
  expect(topFolder(name, windows)).toBe(path);
});
