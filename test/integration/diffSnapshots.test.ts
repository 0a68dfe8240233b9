import { describe, expect, test } from 'vitest';
import { diffSnapshots, type DiffOptions, type DiffResult } from '../../src/engine/diff/diffSnapshots.ts';
import type { Change } from '../../src/engine/diff/change.ts';
import type { BlobId } from '../../src/repository/format/ids.ts';
import { createTestRepository, file, folder, link, other, type FolderLiteral } from '../helpers/testRepository.ts';

const SIGNS = { added: '+', removed: '-', modified: 'M', typeChanged: 'T', metadata: 'U', renamed: 'R' };

interface Comparison {
  readonly lines: string[];
  readonly changes: Change[];
  readonly result: DiffResult;
  /** Paths of the trees that were read, by their first eight digits. */
  readonly treesRead: BlobId[];
}

async function compare(before: FolderLiteral, after: FolderLiteral, options: DiffOptions = {}): Promise<Comparison> {
  const repository = await createTestRepository();
  const earlier = await repository.addSnapshot(before);
  const later = await repository.addSnapshot(after);
  const session = await repository.openSession();
  const treesRead: BlobId[] = [];
  const loadTree = session.reader.loadTree.bind(session.reader);
  session.reader.loadTree = (id) => {
    treesRead.push(id);
    return loadTree(id);
  };
  const changes: Change[] = [];
  const onChange = (change: Change) => void changes.push(change);
  const result = await diffSnapshots(session, earlier.snapshot.tree, later.snapshot.tree, { ...options, onChange });
  const lines = changes.map(({ path, kind, suspect }) => `${SIGNS[kind]}${suspect ? '?' : ''} ${path}`);
  return { lines, changes, result, treesRead };
}

const early = '2020-01-01T00:00:00Z';

test.each<[string, FolderLiteral, FolderLiteral, string[], DiffOptions?]>([
  ['nothing', { a: 'x' }, { a: 'x' }, []],
  ['a file more', { a: 'x' }, { a: 'x', b: 'y' }, ['+ /b']],
  ['a file less', { a: 'x', b: 'y' }, { b: 'y' }, ['- /a']],
  ['a folder more', {}, { d: { e: { f: 'x' } } }, ['+ /d', '+ /d/e', '+ /d/e/f']],
  ['a folder less', { d: { e: { f: 'x' } }, g: '' }, { g: '' }, ['- /d', '- /d/e', '- /d/e/f']],
  ['other content', { a: file('x') }, { a: file('y', { mtime: early }) }, ['M /a']],
  ['other content with the same size and times', { a: 'x' }, { a: 'y' }, ['M? /a']],
  ['a chunk more', { a: file(['x']) }, { a: file(['x', 'y']) }, ['M /a']],
  ['chunks in another order', { a: file(['x', 'y']) }, { a: file(['y', 'x']) }, ['M? /a']],
  ['a link elsewhere', { a: link('x') }, { a: link('y') }, ['M /a']],
  ['another device', { a: other({ type: 'dev', device: 1 }) }, { a: other({ type: 'dev', device: 2 }) }, ['M /a']],
  ['a file became a link', { a: 'x' }, { a: link('y') }, ['T /a']],
  ['a folder became a file', { a: { b: { c: 'x' } } }, { a: 'x' }, ['T /a', '- /a/b', '- /a/b/c']],
  ['a file became a folder', { a: 'x' }, { a: { b: 'x' } }, ['T /a', '+ /a/b']],
  ['metadata, unasked', { a: file('x') }, { a: file('x', { mode: 0o600 }) }, []],
  ['metadata', { a: file('x') }, { a: file('x', { mode: 0o600 }) }, ['U /a'], { metadata: true }],
  ['a user', { a: file('x') }, { a: file('x', { user: 'u' }) }, ['U /a'], { metadata: true }],
  ['the time of a folder', { d: {} }, { d: folder({}, { mtime: early }) }, ['U /d'], { metadata: true }],
  ['metadata on the way', { d: { a: 'x' } }, { d: { a: 'x', b: '' } }, ['U /d', '+ /d/b'], { metadata: true }],
  [
    'the same instant in another zone',
    { a: file('x', { mtime: '2020-01-01T00:00:00Z' }) },
    { a: file('x', { mtime: '2020-01-01T05:30:00+05:30' }) },
    [],
    { metadata: true },
  ],
  [
    'dates that there are not',
    { a: file('x', { mtime: '2020-02-31T00:00:00Z' }) },
    { a: file('x', { mtime: '2020-02-31T00:00:01Z' }) },
    ['U /a'],
    { metadata: true },
  ],
  [
    'an attribute',
    { a: 'x' },
    { a: file('x', { extendedAttributes: [{ name: 'n', value: '' }] }) },
    ['U /a'],
    { metadata: true },
  ],
  ['elsewhere in the snapshot', { a: 'x' }, {}, ['- /home/a'], { path: '/home' }],
  ['the order of raw names', { '\udcff': 'x', é: 'x' }, { b: 'x', '😀': 'y' }, ['+ /b', '- /é', '+ /😀', '- /\udcff']],
])('%s', async (_, before, after, expected, options) => {
  expect((await compare(before, after, options)).lines).toEqual(expected);
});

test('a change carries the entry of both states', async () => {
  const { changes } = await compare({ a: 'x', b: 'y' }, { a: 'xx', c: 'z' });
  const sizes = changes.map(({ before, after }) => [before?.size, after?.size]);
  expect(sizes).toEqual([
    [1, 2],
    [1, undefined],
    [undefined, 1],
  ]);
});

test('folders that are the same are not read', async () => {
  const same = { d: { e: { f: 'x' } }, g: { h: 'y' } };
  expect((await compare(same, same)).treesRead).toHaveLength(0);
  expect((await compare(same, { ...same, g: { h: 'z' } })).treesRead).toHaveLength(4);
});

describe('counts', () => {
  const before = { same: { s: 'shared' }, gone: { a: 'aa', b: 'shared' }, moved: { m: 'mmm' }, changed: 'c' };
  const after = {
    same: { s: 'shared' },
    new: { n: 'nnnn', s: 'shared' },
    also: { m: 'mmm' },
    changed: 'cc',
    l: link('x'),
  };

  test('of what only one state uses, unchanged folders read', async () => {
    const { result } = await compare(before, after, { exactCounts: true });
    expect(result.changedFiles).toBe(1);
    // Data: "aa" and "c" go, "nnnn" and "cc" come; "shared" and "mmm" are in both.
    expect(result.removed).toMatchObject({ files: 3, dirs: 2, others: 0, dataBlobs: 2, treeBlobs: 2 });
    expect(result.added).toMatchObject({ files: 3, dirs: 2, others: 1, dataBlobs: 2, treeBlobs: 2 });
    expect(result.problems).toEqual([]);
  });

  test('blobs that only an unchanged folder has in common count without reading it', async () => {
    const { result } = await compare({ same: { s: 'x' }, a: '1' }, { same: { s: 'x' }, a: '2', b: 'x' });
    expect(result.added.dataBlobs).toBe(2);
    const exact = await compare(
      { same: { s: 'x' }, a: '1' },
      { same: { s: 'x' }, a: '2', b: 'x' },
      { exactCounts: true },
    );
    expect(exact.result.added).toMatchObject({ dataBlobs: 1, treeBlobs: 1 });
  });

  test('bytes are those before compression', async () => {
    const { result } = await compare({}, { a: file(['x'.repeat(10_000), 'y'.repeat(5000)]) });
    expect(result.added.bytes).toBeGreaterThan(15_000);
    expect(result.added.bytes).toBeLessThan(16_000);
  });
});

test('a damaged folder is a problem, and the rest is compared', async () => {
  const { lines, result } = await compare(
    { a: other({ type: 'dir' }), b: { c: 'x' } },
    { a: { d: 'x' }, b: { c: 'yy' } },
  );
  expect(lines).toEqual(['M /b/c']);
  expect(result.problems).toMatchObject([{ path: '/a', code: 'repository-damaged' }]);
});
