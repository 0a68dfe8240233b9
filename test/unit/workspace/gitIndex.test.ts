import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGitIndex } from '../../../src/workspace/gitIndex.ts';
import { findTracked } from '../../../src/workspace/gitRepository.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const paths = ['a', 'a.txt', 'a/b', `long/${'n'.repeat(200)}/${'m'.repeat(250)}`, 'é'].sort();

function makeIndex(...options: string[]): Buffer {
  const folder = tempFolder();
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder });
  git('init', '-q');
  writeTree(folder, Object.fromEntries(paths.filter((path) => path !== 'a').map((path) => [path, 'x'])));
  writeTree(folder, { a2: 'x' });
  git('add', '.');
  git('update-index', ...options);
  return readFileSync(join(folder, '.git/index'));
}

describe('a git index', () => {
  const index = makeIndex('--index-version', '2');
  const shortened = makeIndex('--index-version', '4');
  const expected = ['a.txt', 'a/b', 'a2', ...paths.filter((path) => path.startsWith('long')), '\xc3\xa9'];

  test('gives the tracked paths', () => {
    expect(parseGitIndex(index)?.paths).toEqual(expected);
    expect(parseGitIndex(shortened)?.paths).toEqual(expected);
  });

  test('of a newer version, or with an extension that must be understood, gives nothing', () => {
    const newer = Buffer.from(index);
    newer.writeUInt32BE(5, 4);
    expect(parseGitIndex(newer)).toBeUndefined();
    const tail = index.subarray(-20);
    const extended = (name: string) => Buffer.concat([index.subarray(0, -20), Buffer.from(`${name}\0\0\0\0`), tail]);
    expect(parseGitIndex(extended('ABCD'))?.paths).toEqual(expected);
    expect(parseGitIndex(extended('abcd'))).toBeUndefined();
  });

  test('that is damaged gives nothing or some paths, and never throws', () => {
    for (const bytes of [index, shortened]) {
      for (let length = 0; length < bytes.length; length++) parseGitIndex(bytes.subarray(0, length));
      expect(parseGitIndex(bytes.subarray(0, 100))).toBeUndefined();
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
          const damaged = Buffer.from(bytes);
          damaged[at] = value;
          parseGitIndex(damaged);
        }),
      );
    }
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseGitIndex(Buffer.concat([Buffer.from('DIRC'), bytes]))));
  });
});

test('what is tracked is found among the paths, and what is below', () => {
  const tracked = ['a', 'b-c', 'b/x/y', 'b.c', 'sparse/', 'z'].sort();
  const find = (path: string) => findTracked(tracked, path);
  expect(['a', 'b-c', 'b/x/y', 'sparse/any/thing', 'z'].map(find)).toEqual(Array(5).fill('self'));
  expect(['b', 'b/x', 'sparse'].map(find)).toEqual(Array(3).fill('inside'));
  expect(['', 'a/b', 'b/', 'b/x/', 'b/x/y/z', 'b/y', 'c', 'spars', 'zz', '0'].map(find)).toEqual(
    Array(10).fill(undefined),
  );
});
