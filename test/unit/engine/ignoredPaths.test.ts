import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { createIgnoredPaths, recordedRules } from '../../../src/engine/ignoredPaths.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const root = tempFolder();
const [one, two] = [join(root, 'one'), join(root, 'two')];
writeTree(one, {
  '.gitignore': '/build\n*.o\n',
  'sub/.gitignore': 'local\n!keep.o\n',
  'cache/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55',
});
writeTree(two, { '.cairnignore': 'secret\n' });
const isIgnored = createIgnoredPaths([one, two], {
  excludeGlobs: ['*.tmp', 'dist/'],
  useIgnoreFiles: true,
  useCairnIgnore: true,
  useCacheDirTag: true,
});

test.each<[path: string, isFolder: boolean, expected: boolean]>([
  ['one/a.txt', false, false],
  ['one/a.tmp', false, true],
  ['one/dist', true, true],
  ['one/dist', false, false],
  ['one/dist/x', false, true],
  ['one/build', true, true],
  ['one/build/deep/x', false, true],
  ['one/sub/build', true, false],
  ['one/sub/local', false, true],
  ['one/sub/x.o', false, true],
  ['one/sub/keep.o', false, false],
  ['one/cache/CACHEDIR.TAG', false, false],
  ['one/cache/x', false, true],
  ['two/secret', false, true],
  ['two/build', true, false],
  ['two/gone/folder/x.o', false, false],
  ['elsewhere/x', false, true],
])('%s (folder: %s): %s', (path, isFolder, expected) => {
  expect(isIgnored(join(root, path), isFolder)).toBe(expected);
});

test('excludes on record leave out what any reading of them does, but never a whole root', () => {
  const excludes = ['build/*', '{a,b}.x', '*.LOG', basename(root), 'one', '[', '/there/one/here'];
  const wasLeftOut = createIgnoredPaths([one], recordedRules(excludes), () => '/there/one');
  const isOut = (path: string) => wasLeftOut(join(one, path), false);
  const paths = ['sub/build/x', 'a.x', 'sub/c.log', 'here', 'sub/here', 'c.x', '['];
  expect(paths.filter(isOut)).toEqual(['sub/build/x', 'a.x', 'sub/c.log', 'here', '[']);
});

test('what one list took back another may have left out', () => {
  const wasLeftOut = createIgnoredPaths(
    [one],
    recordedRules(['*.log', '!keep.log', '**/node_modules', '!**/node_modules']),
  );
  expect(wasLeftOut(join(one, 'keep.log'), false)).toBe(true);
  expect(wasLeftOut(join(one, 'sub/node_modules'), true)).toBe(true);
  expect(wasLeftOut(join(one, 'sub/other'), true)).toBe(false);
});
