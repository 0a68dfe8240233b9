import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ProgressEvent } from '../../../src/base/progress.ts';
import { findDuplicates, reportDuplicates } from '../../../src/engine/duplicates.ts';
import type { FindDuplicatesOptions } from '../../../src/engine/duplicates.ts';
import { writeTree, type TreeEntry } from '../../helpers/fileTree.ts';
import { pathBelow } from '../../helpers/paths.ts';
import { randomBytes } from '../../helpers/random.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const HEAD = 16 * 1024;

function makeTree(tree: Readonly<Record<string, TreeEntry>>): string {
  const root = join(tempFolder(), 'root');
  writeTree(root, tree);
  return root;
}

/** The sets as paths relative to the root. */
async function setsOf(root: string, options: FindDuplicatesOptions = {}): Promise<string[][]> {
  const { sets } = await findDuplicates([root], options);
  return sets.map(({ paths }) => paths.map((path) => pathBelow(root, path)));
}

describe('findDuplicates', () => {
  test('groups by content, and adds up', async () => {
    const root = makeTree({ a: 'one', 'd/b': 'one', 'd/c': 'two', 'e/f/g': 'one', h: 'two', i: 'three', j: '' });
    const at = (path: string) => join(root, path);
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(await findDuplicates([root])).toEqual({
      sets: [
        { size: 3, sha256: sha256('one'), paths: ['a', 'd/b', 'e/f/g'].map(at), wasted: 6 },
        { size: 3, sha256: sha256('two'), paths: ['d/c', 'h'].map(at), wasted: 3 },
      ],
      files: 7,
      duplicateFiles: 3,
      wastedBytes: 9,
      unreadable: [],
    });
  });

  test.each([1, HEAD - 1, HEAD, HEAD + 1, 1024 * 1024, 3 * 1024 * 1024 + 5])(
    'a difference in any place of %i bytes counts',
    async (size) => {
      const content = randomBytes('content', size);
      const tree: Record<string, Buffer> = { same1: content, same2: content };
      for (const at of new Set([0, Math.floor(size / 2), size - 1])) {
        tree[`other${at}`] = Buffer.from(content);
        tree[`other${at}`]![at]! ^= 1;
      }
      const root = makeTree(tree);
      expect(await setsOf(root)).toEqual([['same1', 'same2']]);
      const { sets } = await findDuplicates([root]);
      expect(sets[0]!.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    },
  );

  test('the largest waste comes first, then the order of names', async () => {
    const root = makeTree({
      a: 'x',
      b: 'x',
      c: '12345',
      d: '12345',
      e: 'yy',
      f: 'yy',
      g: 'yy',
      h: 'zz',
      i: 'zz',
      j: 'zz',
    });
    const order = ['c d', 'e f g', 'h i j', 'a b'];
    expect((await setsOf(root)).map((set) => set.join(' '))).toEqual(order);
  });

  test('empty files count only if asked for', async () => {
    const root = makeTree({ a: '', b: '', c: 'x', d: 'x' });
    expect(await setsOf(root)).toEqual([['c', 'd']]);
    expect(await setsOf(root, { minSize: 0 })).toEqual([
      ['c', 'd'],
      ['a', 'b'],
    ]);
    expect(await setsOf(root, { minSize: 2 })).toEqual([]);
  });

  test('further names of a file are no duplicates', async () => {
    const root = makeTree({ m: 'one', n: 'two', d: null });
    linkSync(`${root}/m`, `${root}/d/hard`);
    expect(await setsOf(root)).toEqual([]);
    writeFileSync(`${root}/z`, 'one');
    expect(await setsOf(root)).toEqual([['d/hard', 'z']]);
  });

  test('links are not followed', async () => {
    const root = makeTree({ m: 'one', 'd/n': 'two' });
    symlinkSync('m', `${root}/soft`);
    symlinkSync('d', `${root}/folder`);
    const { sets, files } = await findDuplicates([root]);
    expect([sets, files]).toEqual([[], 2]);
  });

  test('roots may overlap, and be files', async () => {
    const root = makeTree({ 'd/a': 'one', 'd/b': 'two', e: 'two' });
    const { sets, files } = await findDuplicates(['d', '', 'd/a', 'e'].map((path) => join(root, path)));
    expect(sets.map(({ paths }) => paths)).toEqual([[join(root, 'd/b'), join(root, 'e')]]);
    expect(files).toBe(2 + 3 + 1 + 1);
  });

  test('a root may be reached by a link', async () => {
    const root = makeTree({ 'd/a': 'one', 'd/b': 'two', e: 'two' });
    symlinkSync('d', join(root, 'link'));
    const { sets, files } = await findDuplicates([root, join(root, 'link')]);
    expect(sets.map(({ paths }) => paths)).toEqual([[join(root, 'd/b'), join(root, 'e')]]);
    expect(files).toBe(3 + 2);
  });

  test('names that are not UTF-8, and paths beyond the limit of the system', async () => {
    const root = makeTree({ 'a\udcff': 'odd', b: 'odd' });
    const deep = Array.from({ length: 30 }, () => 'x'.repeat(200));
    // No single path can name the file, so the shell goes there step by step.
    execFileSync('sh', [
      '-c',
      `cd "$1"; shift; for name; do mkdir "$name"; cd -P "$name"; done; printf odd > file`,
      'sh',
      root,
      ...deep,
    ]);
    expect(await setsOf(root)).toEqual([['a\udcff', 'b', [...deep, 'file'].join('/')]]);
  });

  test('leaves out what the rules leave out', async () => {
    const root = makeTree({ a: 'x', 'node_modules/b': 'x', c: 'x' });
    expect(await setsOf(root, { rules: { excludeGlobs: ['**/node_modules'] } })).toEqual([['a', 'c']]);
  });

  test('reports what changes while it is read', async () => {
    const content = randomBytes('big', 2 * HEAD);
    const root = makeTree({ a: content, b: content, c: content, d: content });
    const onProgress = ({ phase, items }: ProgressEvent) => {
      // The listing of the folder is made by now.
      if (phase !== 'Listing files' || items !== 1) return;
      truncateSync(`${root}/b`, HEAD + 5);
      appendFileSync(`${root}/c`, 'more');
      rmSync(`${root}/d`);
      mkdirSync(`${root}/d`);
    };
    const { sets, unreadable } = await findDuplicates([root], { onProgress });
    expect(sets).toEqual([]);
    expect(unreadable).toEqual(['b', 'c', 'd'].map((name) => ({ path: join(root, name), code: 'changed' })));
  });

  test('does not follow a link, and does not wait on a pipe, that took the place of a file', async () => {
    const root = makeTree({ a: 'same', b: 'same', c: 'same' });
    const onProgress = ({ phase, items }: ProgressEvent) => {
      if (phase !== 'Listing files' || items !== 1) return;
      rmSync(`${root}/b`);
      rmSync(`${root}/c`);
      symlinkSync('a', `${root}/b`);
      execFileSync('mkfifo', [`${root}/c`]);
    };
    const { sets, unreadable } = await findDuplicates([root], { onProgress });
    expect(sets).toEqual([]);
    expect(unreadable.map(({ code }) => code)).toEqual(['ELOOP', 'changed']);
  });

  test('says which root is wrong', async () => {
    const root = makeTree({ a: 'x' });
    await expect(findDuplicates([`${root}/no`])).rejects.toMatchObject({ code: 'source-not-found' });
    await expect(findDuplicates([devNull])).rejects.toMatchObject({ code: 'usage' });
  });

  test('stops when it is cancelled', async () => {
    const root = makeTree({});
    mkdirSync(root, { recursive: true });
    for (const name of ['a', 'b']) {
      writeFileSync(`${root}/${name}`, '');
      truncateSync(`${root}/${name}`, 20 * 2 ** 30);
    }
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await expect(findDuplicates([root], { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  test('progress grows to its total', async () => {
    const big = randomBytes('big', 3 * HEAD);
    const root = makeTree({
      a: big,
      b: big,
      c: Buffer.concat([big.subarray(1), Buffer.from('x')]),
      d: 'x',
      e: 'y',
      f: 'zz',
    });
    const events: ProgressEvent[] = [];
    await findDuplicates([root], { onProgress: (event) => events.push(event) });
    const last = events.at(-1)!;
    expect(last).toMatchObject({ items: 5, totalItems: 5, bytes: 9 * HEAD + 2, totalBytes: 9 * HEAD + 2 });
    const comparing = events.filter(({ phase }) => phase === last.phase);
    expect(comparing.map(({ bytes }) => bytes)).toEqual(comparing.map(({ bytes }) => bytes).sort((a, b) => a - b));
  });
});

test('reportDuplicates sorts and adds up sets without a hash', () => {
  const sets = [
    { size: 1, paths: ['/b', '/a'] },
    { size: 10, paths: ['/d', '/c', '/e'] },
  ];
  expect(reportDuplicates(sets, 9, [])).toEqual({
    sets: [
      { size: 10, paths: ['/c', '/d', '/e'], wasted: 20 },
      { size: 1, paths: ['/a', '/b'], wasted: 1 },
    ],
    files: 9,
    duplicateFiles: 3,
    wastedBytes: 21,
    unreadable: [],
  });
});
