import { describe, expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { compileGlobs, findGlob } from '../../../src/workspace/globs.ts';

const top = isWindows ? 'C:/' : '/';
const root = `${top}home/ann/work`;

/** Paths are relative to the root; `path/` is a folder. */
function matching(globs: string[], paths: string[], ignoreCase = false): string[] {
  const compiled = compileGlobs(globs, ignoreCase);
  return paths.filter((path) => {
    const isFolder = path.endsWith('/');
    const relativePath = isFolder ? path.slice(0, -1) : path;
    const name = relativePath.slice(relativePath.lastIndexOf('/') + 1);
    return findGlob(compiled, { name, relativePath, absolutePath: `${root}/${relativePath}`, isFolder }) !== undefined;
  });
}

const cases: { globs: string[]; matched: string[]; others: string[] }[] = [
  { globs: ['node_modules'], matched: ['node_modules/', 'a/b/node_modules/'], others: ['node_modules2/', 'a/'] },
  { globs: ['**/node_modules'], matched: ['node_modules/', 'a/b/node_modules/'], others: ['xnode_modules/'] },
  { globs: ['*.tmp'], matched: ['a.tmp', '.tmp', 'a/.b.tmp'], others: ['a.tmp.txt'] },
  { globs: ['a/*.c'], matched: ['a/x.c'], others: ['b/a/x.c', 'a/b/x.c', 'x.c'] },
  { globs: ['./a/b'], matched: ['a/b'], others: ['b', 'c/a/b'] },
  { globs: ['build/'], matched: ['build/', 'a/build/'], others: ['build', 'a/build'] },
  { globs: ['a/build/'], matched: ['a/build/'], others: ['build/', 'a/build'] },
  { globs: ['{a,b}.{x,y}'], matched: ['a.x', 'd/b.y'], others: ['a.z'] },
  { globs: ['!(a|b)'], matched: ['c'], others: ['a', 'b'] },
  { globs: ['*.log', '!keep.log', 'x/*'], matched: ['a.log', 'x/keep.log'], others: ['keep.log', 'a/keep.log'] },
  { globs: [`${root}/a`, `${top}home/**/z`], matched: ['a', 'b/z'], others: ['b/a', 'home/ann/work/a'] },
  { globs: ['**/a/**'], matched: ['a/b', 'x/a/b/c'], others: ['a/', 'x/a/'] },
  { globs: ['#x', 'é?'], matched: ['#x', 'éé'], others: ['x', 'é', 'a'] },
  // On Windows a backslash separates, and no name has a star.
  isWindows
    ? { globs: ['a\\*.c'], matched: ['a/x.c'], others: ['b/a/x.c', 'x.c'] }
    : { globs: ['\\*'], matched: ['*'], others: ['a'] },
  { globs: [], matched: [], others: ['a'] },
];

describe('globs', () => {
  for (const { globs, matched, others } of cases) {
    test(`${globs.join(' ') || 'none at all'}`, () => {
      expect(matching(globs, [...matched, ...others])).toEqual(matched);
    });
  }

  test('can ignore the case of letters', () => {
    expect(matching(['*.TMP', 'A/b'], ['x.tmp', 'a/B'], true)).toEqual(['x.tmp', 'a/B']);
    expect(matching(['*.TMP', 'A/b'], ['x.tmp', 'a/B'])).toEqual([]);
  });

  test('that cannot be used are named', () => {
    expect(() => compileGlobs(['x'.repeat(70_000)], false)).toThrow(/The pattern ‘xxx.*cannot be used/);
    const message = /cannot be used: its braces stand for more than 1000 globs/;
    for (const glob of ['{a,b}'.repeat(24), '{1..1001}', '{1..100}{1..100}']) {
      expect(() => compileGlobs([glob], false)).toThrow(message);
    }
    expect(matching(['{1..1000}'], ['1', '1000', '1001'])).toEqual(['1', '1000']);
  });
});
