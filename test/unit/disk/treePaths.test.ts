import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allDrives, diskPathOf, isAbsoluteAnywhere, isOfThisSystem, treeNamesOf } from '../../../src/disk/treePaths.ts';

describe('the names of a path in a tree (format notes 6.1)', () => {
  test.each([
    ['/home/me', ['home', 'me']],
    ['/', []],
    ['/a//b/./c/../d/', ['a', 'b', 'd']],
    ['/..', []],
    ['../a', ['..', 'a']],
    ['a\\b/c', ['a\\b', 'c']],
    ['C:\\Users\\me', ['C', 'Users', 'me']],
    ['c:\\Users', ['c', 'Users']],
    ['C:/Users/me/', ['C', 'Users', 'me']],
    ['C:\\', ['C']],
    ['C:', ['C']],
    ['C:\\a\\..\\..\\b', ['C', 'b']],
    ['\\\\host\\share', ['\\\\host\\share']],
    ['\\\\host\\share\\a\\b', ['\\\\host\\share', 'a', 'b']],
  ])('%s', (path, names) => {
    expect(treeNamesOf(path)).toEqual(names);
  });

  test('of a path without a drive, on Windows', () => {
    expect(treeNamesOf('a\\b/c', true)).toEqual(['a', 'b', 'c']);
    expect(treeNamesOf('\\a\\b', true)).toEqual(['a', 'b']);
  });
});

describe('where names lead', () => {
  test.each<[string[], string | undefined, string]>([
    [[], allDrives, '/'],
    [['C'], 'C:\\', '/C'],
    [['c', 'Users'], 'C:\\Users', '/c/Users'],
    [['\\\\host\\share'], '\\\\host\\share\\', '/\\\\host\\share'],
    [['\\\\host\\share', 'a'], '\\\\host\\share\\a', '/\\\\host\\share/a'],
    [['home', 'me'], undefined, '/home/me'],
  ])('%j', (names, onWindows, elsewhere) => {
    expect(diskPathOf(names, true)).toBe(onWindows);
    expect(diskPathOf(names, false)).toBe(elsewhere);
  });

  test('is where they came from', () => {
    const name = fc.stringMatching(/^[a-z0-9 .äß-]*[a-z]$/);
    const volume = fc.constantFrom('C', 'Z', '\\\\host\\share');
    fc.assert(
      fc.property(volume, fc.array(name, { minLength: 1 }), (first, names) => {
        expect(treeNamesOf(diskPathOf([first, ...names], true)!)).toEqual([first, ...names]);
        expect(treeNamesOf(diskPathOf(names, false)!)).toEqual(names);
      }),
    );
  });
});

test('absolute is what either kind of system calls so', () => {
  for (const path of ['/', '/a', 'C:\\', 'c:/a', '\\\\host\\share']) expect(isAbsoluteAnywhere(path)).toBe(true);
  for (const path of ['a', '', 'ab:\\', '.\\a', '\\a']) expect(isAbsoluteAnywhere(path)).toBe(false);
});

test('a path tells of which kind of system it is', () => {
  expect(isOfThisSystem('C:\\a', true)).toBe(true);
  expect(isOfThisSystem('/a', true)).toBe(false);
  expect(isOfThisSystem('/a', false)).toBe(true);
  expect(isOfThisSystem('C:\\a', false)).toBe(false);
});
