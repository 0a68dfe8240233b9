import { describe, expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { errorCode } from '../../../src/base/errors.ts';
import {
  compilePatterns,
  isPathPattern,
  patternNames,
  type PatternLists,
} from '../../../src/workspace/resticPatterns.ts';

/** Whether a walk from the top would leave the path out: no folder that is left out is looked into. */
function fits(lists: PatternLists, path: string): boolean {
  let scopes = compilePatterns(lists, patternNames('/'));
  for (const name of path.split('/').slice(1)) {
    if (scopes.some((scope) => scope.find(name) !== undefined)) return true;
    scopes = scopes.map((scope) => scope.enter(name));
  }
  return false;
}

// prettier-ignore
const cases: [patterns: string[], fitting: string[], others: string[]][] = [
  [['foo'], ['/foo', '/a/foo', '/a/foo/b/c'], ['/a', '/foobar', '/a/xfoo']],
  [['bar/foo'], ['/bar/foo', '/x/bar/foo', '/x/bar/foo/y'], ['/bar', '/foo', '/bar/x/foo']],
  [['build/*'], ['/build/x', '/a/build/x', '/a/build/x/y'], ['/build', '/a/build', '/x']],
  [['user/.*'], ['/home/user/.cache', '/user/.x'], ['/home/user/x', '/home/user']],
  [['/foo'], ['/foo', '/foo/x'], ['/a/foo', '/a']],
  [['/foo/*/x'], ['/foo/a/x', '/foo/a/x/y'], ['/foo/x', '/foo/a/b/x', '/a/foo/a/x']],
  [['foo/'], ['/foo', '/a/foo'], ['/a']],
  [['./foo', './/bar//'], ['/foo', '/x/bar'], ['/x']],
  [['a/../foo'], ['/foo', '/x/foo'], ['/a']],
  [['../foo'], [], ['/foo', '/a/foo']],
  [['/../foo'], ['/foo'], ['/a/foo']],
  [['.'], [], ['/a', '/a/b']],
  [['foo/**/bar'], ['/foo/bar', '/foo/a/bar', '/x/foo/a/b/bar/c'], ['/bar', '/foo', '/foo/x']],
  [['/foo/**/bar'], ['/foo/bar', '/foo/a/b/bar'], ['/x/foo/bar', '/bar']],
  [['/**/bar'], ['/bar', '/a/b/bar'], ['/a/b']],
  [['**/bar'], ['/bar', '/a/b/bar'], ['/a/b']],
  [['foo/**'], ['/foo', '/a/foo', '/foo/x'], ['/a', '/a/b']],
  [['/foo/**'], ['/foo', '/foo/x'], ['/a/foo']],
  [['a/**/b/**/c'], ['/a/b/c', '/a/x/b/b/y/c', '/x/a/b/a/c'], ['/a/c', '/b/c', '/a/x/c/b']],
  [['/a/**/b/**/c'], ['/a/b/x/c', '/a/x/b/y/z/c', '/a/x/b/c/d'], ['/x/a/b/x/c', '/a/x/b/c']],
  [['/a/**/b/**'], ['/a/b/c', '/a/x/b/c'], ['/a/b', '/a/x/b']],
  [['/a/**/**'], ['/a/b', '/a/b/c'], ['/a']],
  [['a/**/**/**/b'], ['/a/b/c', '/a/x/y/b', '/x/a/b'], ['/a/b', '/b']],
  [['a/**/**/b'], ['/a/b', '/a/x/b'], ['/b']],
  [['**'], ['/a', '/a/b'], []],
  [['**/**', ''], ['/a'], []],
  [['*'], ['/a', '/.b'], []],
  [['*/b'], ['/a/b', '/x/a/b'], ['/b', '/a']],
  [['a**'], ['/ab', '/x/a'], ['/x/b']],
  [[''], [], ['/a']],
  [['*.o', '!keep.o'], ['/a.o', '/x/b.o'], ['/keep.o', '/x/keep.o']],
  [['!keep.o', '*.o'], ['/a.o', '/keep.o'], []],
  [['*.o', '!keep.o', '/keep.o'], ['/a.o', '/keep.o'], ['/x/keep.o']],
  [['foo', '!foo/bar'], ['/foo', '/foo/bar'], ['/x']],
  [['foo/*', '!foo/bar'], ['/foo/x', '/foo/x/bar'], ['/foo', '/foo/bar', '/foo/bar/x']],
  [['foo/*', '!bar', 'bar/x'], ['/foo/x', '/foo/bar/x'], ['/foo/bar/y']],
  [['!foo'], [], ['/foo', '/x']],
  [['!'], [], ['/foo', '/!']],
  [['[!]x', 'a{b,c}'], ['/!x', '/a{b,c}'], ['/x', '/ax', '/ab']],
  [['Foo'], ['/Foo'], ['/foo', '/FOO']],
];

describe('a path that patterns fit', () => {
  test.each(cases)('%j', (patterns, fitting, others) => {
    expect([...fitting, ...others].filter((path) => fits({ patterns }, path))).toEqual(fitting);
  });

  test('whatever the case of letters', () => {
    const anyCase = ['Foo', '*.[X-Z]', 'ÉTÉ', 'İ', 'ΑΣ', '!FOO/bar'];
    const all = ['/foo', '/a/FOO/x', '/a.y', '/a.Y', '/été', '/i', '/ασ', '/ΑΣ'];
    expect(all.filter((path) => fits({ anyCase }, path))).toEqual(all);
    expect(['/a.w', '/ete'].filter((path) => fits({ anyCase }, path))).toEqual([]);
  });

  test('in either of two lists, of which none takes back what the other says', () => {
    const lists = { patterns: ['a*', '!AB'], anyCase: ['B', '!abc'] };
    expect(['/ab', '/abc', '/b', '/AB', '/x'].filter((path) => fits(lists, path))).toEqual(['/ab', '/abc', '/b']);
  });
});

test('a folder is left out if patterns fit it or one above it', () => {
  const scope = (pattern: string, path: string) => compilePatterns({ patterns: [pattern] }, patternNames(path))[0]!;
  expect(scope('me', '/home/me/work').own).toBe('me');
  expect(scope('me', '/home/me/work').find('x')).toBe('me');
  expect(scope('work', '/home/me/work').own).toBe('work');
  expect(scope('/', '/home').own).toBe('/');
  expect(scope('/**', '/home').own).toBe('/**');
  expect(scope('*', '/').own).toBeUndefined();
  expect(scope('work/x', '/home/me/work').own).toBeUndefined();
  expect(scope('work/x', '/home/me/work').find('x')).toBe('work/x');
  const [wanted] = compilePatterns({ patterns: ['me', 'me/x'] }, patternNames('/home/me'), { isWanted: true });
  expect(wanted!.own).toBeUndefined();
  expect(wanted!.find('x')).toBe('me/x');
  expect(wanted!.find('y')).toBeUndefined();
});

test('paths of drives and shares begin with their names', () => {
  const find = (pattern: string, path: string, name: string) =>
    compilePatterns({ patterns: [pattern] }, patternNames(path))[0]!.find(name);
  expect(find('C:/Users/*', 'C:/Users', 'me')).toBe('C:/Users/*');
  expect(find('C:/Users/*', 'D:/Users', 'me')).toBeUndefined();
  expect(find('/Users', 'C:/', 'Users')).toBeUndefined();
  expect(find('Users', 'C:/', 'Users')).toBe('Users');
  expect(find('C:\\Users\\m?', 'C:/Users', 'me')).toBe(isWindows ? 'C:\\Users\\m?' : undefined);
  expect(find('//server/share/x', '//server/share', 'x')).toBe(isWindows ? '//server/share/x' : undefined);
});

test('it is told which patterns fit something, also where another one has decided', () => {
  const heard: string[] = [];
  const patterns = ['*.log', 'debug.log', '!x.log', 'none', 'b/c', '!y'];
  const [scope] = compilePatterns({ patterns }, patternNames('/a'), { onMatch: (pattern) => void heard.push(pattern) });
  for (const name of ['debug.log', 'x.log', 'b', 'c']) scope!.find(name);
  expect(heard).toEqual(['debug.log', '*.log', '!x.log']);
  scope!.enter('b').find('c', false);
  expect(heard).toHaveLength(3);
  scope!.enter('b').find('c');
  scope!.enter('b').find('c');
  expect(heard.slice(3)).toEqual(['b/c']);
});

test('where something could fit below a folder', () => {
  // prettier-ignore
  const below: [pattern: string, path: string, expected: boolean][] = [
    ['a', '/x', true], ['/a/b/c', '/a', true], ['/a/b/c', '/a/b', true], ['/a/b', '/a/x', false], ['/a/b', '/x', false],
    ['/a/**/b', '/a/x/y', true], ['/a/**/b', '/x', false], ['/**/b', '/x', true], ['/a', '/a/b', true], ['/*/b', '/x', true],
  ];
  for (const [pattern, path, expected] of below) {
    const [scope] = compilePatterns({ patterns: [pattern] }, patternNames(path));
    expect(scope!.mayFitBelow, `${pattern} below ${path}`).toBe(expected);
  }
});

test('malformed patterns are all named', () => {
  let thrown: unknown;
  try {
    compilePatterns({ patterns: ['ok', 'a/[', '![b', '[]'], anyCase: ['[z'] }, ['/']);
  } catch (error) {
    thrown = error;
  }
  expect(errorCode(thrown)).toBe('usage');
  expect((thrown as Error).message).toContain('‘a/[’, ‘![b’, ‘[]’ cannot be used');
  expect(['a', '!a/*', '[a]'].every(isPathPattern)).toBe(true);
  expect(['[', 'a/[b/c'].some(isPathPattern)).toBe(false);
});
