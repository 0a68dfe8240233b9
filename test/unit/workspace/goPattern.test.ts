import { describe, expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { compileName } from '../../../src/workspace/goPattern.ts';

/** A pattern, names that fit it, names that do not. What Go's `filepath.Match` says. */
const cases: [pattern: string, fitting: string[], others: string[]][] = [
  ['abc', ['abc'], ['ab', 'abcd', 'Abc', '']],
  ['*', ['', 'a', '.a', 'é', '\udce9'], []],
  ['**', ['', 'a'], []],
  ['*.log', ['a.log', '.log', 'é.log', '\udce9.log'], ['a.logs', 'log', '.lo']],
  ['log*', ['log', 'logs'], ['xlog', 'lo']],
  ['a*b', ['ab', 'axb', 'aab', 'abb'], ['a', 'b', 'abc', 'xab']],
  ['a*b*c', ['abc', 'axbxc', 'abbcc'], ['ac', 'acb', 'abcd']],
  ['*a*', ['a', 'xax'], ['', 'x']],
  ['*a*b', ['ab', 'aab', 'abab'], ['ba', 'aba']],
  ['?', ['a', 'é', '日', '\u{1f600}', '\udce9', '?'], ['', 'ab']],
  ['??', ['ab', 'é日'], ['a', 'é']],
  ['a?', ['ab', 'a?'], ['a', 'abc']],
  ['*?', ['a', 'é', 'ab'], ['']],
  // A star may end inside a letter, whose other bytes then count as one each.
  ['*??', ['ab', '日'], ['a', 'é']],
  ['[ab]', ['a', 'b'], ['c', 'ab', '', '[ab]']],
  ['[a-c]x', ['ax', 'cx'], ['dx', '-x']],
  ['[^a-c]', ['d', 'é', '^'], ['a', 'b', '']],
  ['[!a]', ['!', 'a'], ['b']],
  ['[c-a]', [], ['a', 'b', 'c']],
  ['[a-ce]', ['b', 'e'], ['d']],
  ['[é]', ['é'], ['e']],
  ['[à-ï]', ['é', 'à', 'ï'], ['ð', 'e']],
  ['[日]*', ['日', '日本'], ['本']],
  ['[\u{1f600}-\u{1f64f}]', ['\u{1f601}'], ['a']],
  ['[[]x]', ['[x]'], ['x']],
  ['[a]]', ['a]'], ['a', ']']],
  ['[*]', ['*'], ['a']],
  ['[a*b]c', ['*c', 'ac'], ['axbc']],
  ['[[:alpha:]]', ['a]', ':]', '[]'], ['a', 'b]']],
  ['{a,b}', ['{a,b}'], ['a', 'b']],
  ['a]', ['a]'], ['a']],
  ['^a', ['^a'], ['a']],
  ['-', ['-'], ['a']],
  ['#a', ['#a'], ['a']],
  ['[^a]', ['\udce9', '\ufffd'], ['a']],
  ['[\ufffd]', ['\udce9', '\ufffd'], ['a']],
];
const escaped: typeof cases = [
  ['\\*', ['*'], ['a', '\\*']],
  ['\\a', ['a'], ['\\a']],
  ['a\\?b', ['a?b'], ['axb']],
  ['\\\\', ['\\'], ['\\\\']],
  ['\\[x]', ['[x]'], ['x']],
  ['[\\]]', [']'], ['\\']],
  ['[\\^a]', ['^', 'a'], ['b']],
  ['[a\\-c]', ['a', '-', 'c'], ['b']],
  ['[\\-a]', ['-', 'a'], ['b']],
  ['*\\*', ['*', 'a*'], ['a']],
];

describe('a pattern for a name', () => {
  // On Windows a backslash separates names, and never comes here.
  test.each(isWindows ? cases : [...cases, ...escaped])('%s', (pattern, fitting, others) => {
    const { fits } = compileName(pattern)!;
    expect([...fitting, ...others].filter(fits)).toEqual(fitting);
  });

  test.each([
    '[',
    '[]',
    '[]a]',
    '[a',
    '[a-',
    '[a-]',
    '[-a]',
    '[^',
    '[^]',
    '[^]a]',
    'a[',
    '*[',
    '\\',
    'a\\',
    '[\\',
    '[\\]',
    '[a\\',
  ])('%s is malformed', (pattern) => expect(compileName(pattern)).toBeUndefined());

  test('that is hard takes no time', () => {
    const { fits } = compileName('*a?'.repeat(50))!;
    expect(fits('a'.repeat(5000) + 'b')).toBe(true);
    expect(fits('b'.repeat(5000))).toBe(false);
  });
});
