import { describe, expect, test } from 'vitest';
import { toByteString } from '../../../src/workspace/byteString.ts';
import { findPattern, parsePatternFile } from '../../../src/workspace/patternFile.ts';

/** `path/` is a folder. `undefined`: no pattern has anything to say. */
function decide(content: string, path: string, ignoreCase = false): 'ignored' | 'kept' | undefined {
  const file = parsePatternFile(toByteString(content), '.gitignore', { baseLength: 0, ignoreCase });
  const isFolder = path.endsWith('/');
  const bytes = toByteString(isFolder ? path.slice(0, -1) : path);
  const name = bytes.slice(bytes.lastIndexOf('/') + 1);
  const found = findPattern(file && { file, next: undefined }, bytes, name, isFolder);
  return found && (found.pattern.negated ? 'kept' : 'ignored');
}

const cases: { patterns: string; ignored?: string[]; kept?: string[]; none?: string[] }[] = [
  { patterns: 'foo', ignored: ['foo', 'foo/', 'a/foo'], none: ['foobar', 'Foo', 'foo/a'] },
  { patterns: 'foo/', ignored: ['foo/', 'a/foo/'], none: ['foo', 'a/foo'] },
  { patterns: '/foo', ignored: ['foo'], none: ['a/foo'] },
  { patterns: 'a/foo', ignored: ['a/foo'], none: ['foo', 'b/a/foo'] },
  { patterns: '*.log\n!important.log', ignored: ['x.log', 'a/.log'], kept: ['important.log', 'a/important.log'] },
  { patterns: '!important.log\n*.log', ignored: ['important.log'] },
  { patterns: '/*\n!/keep', ignored: ['a', 'keeper'], kept: ['keep'], none: ['a/b', 'a/keep'] },
  { patterns: '*.*\n!*.c\n!/a/x.o', ignored: ['x.o', 'b.d/'], kept: ['x.c', 'a/x.o'], none: ['Makefile'] },
  { patterns: '**/foo/*', ignored: ['foo/a', 'x/y/foo/a'], none: ['foo/', 'foo/a/b'] },
  { patterns: 'foo/**', ignored: ['foo/a', 'foo/a/b'], none: ['foo/', 'a/foo/b'] },
  { patterns: 'a/**/b', ignored: ['a/b', 'a/x/b', 'a/x/y/b'], none: ['ab', 'a/xb', 'x/a/b'] },
  // Git compares what comes before the first wildcard first, and then has forgotten it.
  { patterns: 'foo**/bar', ignored: ['foobar', 'foo/bar', 'foox/y/bar'], none: ['fo/bar', 'foo/xbar'] },
  { patterns: 'x**y', ignored: ['xy', 'xaby'], none: ['x/y'] },
  { patterns: 'a/**\\/b', ignored: ['a/x/b'], none: ['a/b'] },
  { patterns: '\\#a\n\\!b\n# c', ignored: ['#a', '!b'], none: ['# c', ' c'] },
  { patterns: 'a \nb\\ \nc\\\\ ', ignored: ['a', 'b ', 'c\\'], none: ['a ', 'b', 'c\\ '] },
  { patterns: 'a\\', none: ['a', 'a\\'] },
  { patterns: '\\*\n\\a', ignored: ['*', 'a'], none: ['x'] },
  { patterns: '[a-c]', ignored: ['a', 'b', 'c'], none: ['d', '-'] },
  { patterns: '[!a-c]\n[^x-z]', ignored: ['d', 'x', 'a'] },
  { patterns: '[]-]', ignored: [']', '-'], none: ['['] },
  { patterns: '[a\\]b]', ignored: ['a', ']', 'b'] },
  { patterns: '[c-a]', ignored: ['c'], none: ['a', 'b'] },
  { patterns: '[[:digit:][:upper:]]', ignored: ['1', 'A'], none: ['a', ':', '['] },
  { patterns: '[a\n[[:nonsense:]]\n[[:alpha:]', none: ['a', '[a', 'n'] },
  { patterns: 'a[/]b', none: ['a/b'] },
  { patterns: '?', ignored: ['a'], none: ['ab', 'é', ''] },
  { patterns: '??', ignored: ['é'] },
  { patterns: 'caf*\n日?本', ignored: ['café'], none: ['日本'] },
  { patterns: '\udcff*', ignored: ['\udcff', '\udcffa'], none: ['ÿ'] },
  { patterns: '\ufefffoo\r\nbar\r\n', ignored: ['foo', 'bar'] },
  { patterns: '\n\n!\n/\n//\n   \n#', none: ['a', '/', '!', ' '] },
];

describe('gitignore patterns', () => {
  for (const { patterns, ignored = [], kept = [], none = [] } of cases) {
    test(JSON.stringify(patterns), () => {
      const expected = [
        ...ignored.map((path) => [path, 'ignored']),
        ...kept.map((path) => [path, 'kept']),
        ...none.map((path) => [path, undefined]),
      ];
      expect(expected.map(([path]) => [path, decide(patterns, path!)])).toEqual(expected);
    });
  }

  test('can ignore the case of ASCII letters', () => {
    const patterns = 'FOO\n*.Log\n/A/b*\n[m-p]x\nÉ';
    const paths = ['foo', 'x.LOG', 'a/BC', 'NX', 'é'];
    expect(paths.filter((path) => decide(patterns, path, true))).toEqual(paths.slice(0, 4));
    expect(paths.filter((path) => decide(patterns, path))).toEqual([]);
  });

  test('that are made to take forever do not', () => {
    const deep = Array(200).fill('a').join('/');
    expect(decide('*a*a*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(250))).toBeUndefined();
    expect(decide('a**/**/**/**/**/**/**/**/**/**/**/**/**/b', deep)).toBeUndefined();
    expect(decide('**/a*/**/a*/**/a*/**/a*/**/a*/**/a*/**/a*/**/b', deep)).toBeUndefined();
    expect(decide('[!a]'.repeat(250_000), 'b'.repeat(250))).toBeUndefined();
    expect(decide(`[${'[:'.repeat(400_000)}`, 'a')).toBeUndefined();
    expect(decide(`[${'[:'.repeat(400_000)}x]`, ':')).toBe('ignored');
    expect(decide(`${'**/*a*/'.repeat(40)}b`, `${deep}/b`)).toBe('ignored');
  });
});
