import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { isWindows } from '../../src/disk/system.ts';
import type { Change } from '../../src/engine/diff/change.ts';
import { diffWithDisk, type DiskDiffOptions, type DiskDiffResult } from '../../src/engine/diff/diffWithDisk.ts';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { captureFields, captureTree } from '../helpers/captureTree.ts';
import { makesLinks, writeTree } from '../helpers/fileTree.ts';
import { inTree, pathBelow } from '../helpers/paths.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { createTestRepository, file, folder, type FolderLiteral } from '../helpers/testRepository.ts';

const SIGNS = { added: '+', removed: '-', modified: 'M', typeChanged: 'T', metadata: 'U', renamed: 'R' };
/** Later than anything that a test writes, so that no file counts as too fresh. */
const LATER = '2200-01-01T00:00:00Z';

let top: string;
beforeEach(() => {
  top = join(tempFolder(), 'work');
  writeTree(top, {
    'a.txt': 'aaaa',
    'b.txt': 'bbbb',
    'src/x.c': 'xxxx',
    'src/lib/y.c': 'yyyy',
    'build/out.o': 'oooo',
    'build/.keep': 'k',
    link: { link: 'a.txt' },
    empty: null,
    'none.txt': '',
    'bad\udcff.txt': 'raw',
  });
});

/** Puts a tree where an absolute path has it. */
function nest(path: string, tree: FolderLiteral): FolderLiteral {
  const names = inTree(path).split('/').filter(Boolean);
  const last = folder(tree, captureFields(path, names.pop()!));
  const start: FolderLiteral = { [basename(path)]: last };
  return names.reduceRight<FolderLiteral>((inner, name) => ({ [name]: inner }), start);
}

interface Compared extends DiskDiffResult {
  /** Paths relative to the top. */
  readonly lines: string[];
  readonly changes: Change[];
}

/** Compares the disk after `change` with a snapshot of before (or with another tree). */
async function compare(
  change: () => void,
  options: Partial<DiskDiffOptions> = {},
  tree = nest(top, captureTree(top)),
  fields: Partial<Snapshot> = {},
): Promise<Compared> {
  const repository = await createTestRepository();
  const stored = await repository.addSnapshot(tree, { paths: [top], time: LATER, ...fields });
  change();
  const changes: Change[] = [];
  const onChange = (found: Change) => void changes.push(found);
  const result = await diffWithDisk(await repository.openSession(), stored, { rules: {}, ...options, onChange });
  const lines = changes.map(({ path, kind, suspect }) => `${SIGNS[kind]}${suspect ? '?' : ''} ${pathBelow(top, path)}`);
  return { ...result, lines, changes };
}

/** What this system cannot hold of the tree above. */
const absent = [...(isWindows ? ['bad\udcff.txt'] : []), ...(makesLinks ? [] : ['link'])];
/** Of all files in it. */
const allBytes = isWindows ? 21 : 24;

const inTop = (...names: string[]) => join(top, ...names);
const nothing = () => {};

test('nothing changed: nothing is read', async () => {
  expect(await compare(nothing)).toMatchObject({ lines: [], unchanged: 9 - absent.length, bytesRead: 0, problems: [] });
});

test.each<[string, () => void, string[], Partial<DiskDiffOptions>?]>([
  ['a new file', () => writeFileSync(inTop('src/new'), 'n'), ['+ src/new']],
  ['a new folder', () => writeTree(inTop('n'), { 'a/b': 'x' }), ['+ n', '+ n/a', '+ n/a/b']],
  ['a deleted file', () => rmSync(inTop('src/x.c')), ['- src/x.c']],
  [
    'a deleted folder',
    () => rmSync(inTop('src'), { recursive: true }),
    ['- src', '- src/lib', '- src/lib/y.c', '- src/x.c'],
  ],
  ['another size', () => appendFileSync(inTop('a.txt'), 'a'), ['M a.txt']],
  ['the same size', () => writeFileSync(inTop('a.txt'), 'AAAA'), ['M a.txt']],
  ['emptied', () => writeFileSync(inTop('a.txt'), ''), ['M a.txt']],
  ['filled', () => writeFileSync(inTop('none.txt'), 'x'), ['M none.txt']],
  ['written anew as it was', () => writeFileSync(inTop('a.txt'), 'aaaa'), []],
  ['touched', () => utimesSync(inTop('a.txt'), 1, 1), []],
  ['touched, metadata', () => utimesSync(inTop('a.txt'), 1, 1), ['U a.txt'], { metadata: true }],
  ['mode, metadata', () => chmodSync(inTop('b.txt'), 0o400), ['U b.txt'], { metadata: true }],
  ['mode of a folder, metadata', () => chmodSync(inTop('src'), 0o700), ['U src'], { metadata: true }],
  ['another inode', () => (writeFileSync(inTop('t'), 'aaaa'), renameSync(inTop('t'), inTop('a.txt'))), []],
  ['a renamed file', () => renameSync(inTop('a.txt'), inTop('c.txt')), ['- a.txt', '+ c.txt']],
  ['a link elsewhere', () => (rmSync(inTop('link')), symlinkSync('b.txt', inTop('link'))), ['M link']],
  ['a link made anew', () => (rmSync(inTop('link')), symlinkSync('a.txt', inTop('link'))), []],
  ['a touched link, metadata', () => lutimesSync(inTop('link'), 1, 1), ['U link'], { metadata: true }],
  ['file to link', () => (rmSync(inTop('a.txt')), symlinkSync('b.txt', inTop('a.txt'))), ['T a.txt']],
  ['file to pipe', () => (rmSync(inTop('a.txt')), execFileSync('mkfifo', [inTop('a.txt')])), ['T a.txt']],
  [
    'folder to file',
    () => (rmSync(inTop('src/lib'), { recursive: true }), writeFileSync(inTop('src/lib'), 'x')),
    ['T src/lib', '- src/lib/y.c'],
  ],
  ['file to folder', () => (rmSync(inTop('a.txt')), writeTree(inTop('a.txt'), { x: 'x' })), ['T a.txt', '+ a.txt/x']],
  ['raw names', () => writeTree(top, { 'bad\udcff.txt': 'RAW', '\udcfe': '' }), ['M bad\udcff.txt', '+ \udcfe']],
  [
    'all of it',
    () => rmSync(top, { recursive: true }),
    [
      '- ',
      '- a.txt',
      '- bad\udcff.txt',
      '- b.txt',
      '- build',
      '- build/.keep',
      '- build/out.o',
      '- empty',
      '- link',
      '- none.txt',
      '- src',
      '- src/lib',
      '- src/lib/y.c',
      '- src/x.c',
    ].filter((line) => !absent.includes(line.slice(2))),
  ],
])('%s', async (_, change, expected, options) => {
  const { lines, problems } = await compare(change, options);
  expect([...lines].sort()).toEqual([...expected].sort());
  expect(problems).toEqual([]);
});

test('only what may have changed is read, up to the first difference', async () => {
  const content = ['1'.repeat(1000), '2'.repeat(1000), '3'.repeat(1000)];
  writeFileSync(inTop('long'), content.join(''));
  const captured = captureTree(top);
  const tree = nest(top, { ...captured, long: file(content, { mtime: LATER }) });
  expect(await compare(nothing, {}, tree)).toMatchObject({ lines: [], bytesRead: 3000 });
  const change = () => writeFileSync(inTop('long'), content.with(1, 'x'.repeat(1000)).join(''));
  expect(await compare(change, {}, tree)).toMatchObject({ lines: ['M long'], bytesRead: 2000 });
});

describe('times that prove nothing', () => {
  /** The metadata are those of the file, the content is not. */
  const forged = (): FolderLiteral => {
    const captured = captureTree(top);
    const { fields } = captured['a.txt'] as ReturnType<typeof file>;
    return nest(top, { ...captured, 'a.txt': file('AAAA', fields) });
  };

  test('equal times are believed, unless every file is to be read', async () => {
    expect(await compare(nothing, {}, forged())).toMatchObject({ lines: [], bytesRead: 0 });
    expect(await compare(nothing, { forceHash: true }, forged())).toMatchObject({
      lines: ['M? a.txt'],
      bytesRead: allBytes,
    });
  });

  test('times that are as late as the snapshot are not believed', async () => {
    const compared = await compare(nothing, {}, forged(), { time: '2000-01-01T00:00:00Z' });
    expect(compared).toMatchObject({ lines: ['M a.txt'], bytesRead: allBytes });
  });
});

describe('ignore rules', () => {
  const rules = { excludeGlobs: ['build', '*.tmp'] };

  test('what is left out now is neither removed nor added', async () => {
    const change = () => writeTree(top, { 'build/new.o': 'n', 'x.tmp': 't' });
    expect((await compare(change, { rules })).lines).toEqual([]);
    expect((await compare(nothing, { rules, paths: [inTop('build/out.o')] })).lines).toEqual([]);
  });

  test('what was left out and is deleted is removed', async () => {
    const change = () => rmSync(inTop('build'), { recursive: true });
    expect((await compare(change, { rules })).lines).toEqual(['- build', '- build/.keep', '- build/out.o']);
  });

  test('ignore files on the way to a path count', async () => {
    writeFileSync(inTop('.gitignore'), '*.c\n');
    const tree = nest(top, captureTree(top));
    const change = () => writeTree(top, { 'src/lib/y.c': 'Y', 'src/lib/z.h': 'z' });
    const options = { rules: { useIgnoreFiles: true }, paths: [inTop('src/lib')] };
    expect((await compare(change, options, tree)).lines).toEqual(['+ src/lib/z.h']);
  });
});

describe('some paths', () => {
  const change = () => writeTree(top, { 'src/x.c': 'X', 'src/lib/y.c': 'Y', 'a.txt': 'A', 'src/n': '' });

  test.each<[string[], string[]]>([
    [['src'], ['M src/lib/y.c', '+ src/n', 'M src/x.c']],
    [
      ['src', 'src/lib', 'src'],
      ['+ src/n', 'M src/x.c', 'M src/lib/y.c'],
    ],
    [
      ['src/lib/', 'a.txt'],
      ['M src/lib/y.c', 'M a.txt'],
    ],
    [['b.txt', 'src/n'], ['+ src/n']],
    [['nowhere', 'a.txt/b'], []],
    [['.'], ['M a.txt', 'M src/lib/y.c', '+ src/n', 'M src/x.c']],
  ])('%j', async (paths, expected) => {
    const { lines, problems } = await compare(change, { paths: paths.map((path) => `${top}/${path}`) });
    expect(lines).toEqual(expected);
    expect(problems).toEqual([]);
  });

  test('a path that is gone', async () => {
    const gone = () => rmSync(inTop('src/lib'), { recursive: true });
    expect((await compare(gone, { paths: [inTop('src/lib/y.c')] })).lines).toEqual(['- src/lib/y.c']);
  });

  test('one outside is refused', async () => {
    await expect(compare(nothing, { paths: [`${top}-not`] })).rejects.toMatchObject({ code: 'path-not-in-snapshot' });
  });
});

describe('trees as other command lines give them', () => {
  const change = () => writeFileSync(inTop('src/x.c'), 'X');

  test('a relative path', async () => {
    expect((await compare(change, {}, { work: captureTree(top) })).lines).toEqual(['M src/x.c']);
  });

  test('the folder itself', async () => {
    expect((await compare(change, {}, captureTree(top))).lines).toEqual(['M src/x.c']);
    mkdirSync(inTop('work'));
    expect((await compare(nothing, {}, captureTree(top))).lines).toEqual([]);
  });

  test('an empty folder', async () => {
    const paths = [inTop('empty')];
    expect((await compare(() => writeFileSync(inTop('empty/f'), ''), {}, {}, { paths })).lines).toEqual(['+ empty/f']);
  });

  test('several paths, one inside another, one of which was not there', async () => {
    const paths = [inTop('src'), inTop('src/lib'), inTop('a.txt'), inTop('never')];
    const { src, ...rest } = captureTree(top);
    const tree = nest(top, { src: src!, 'a.txt': rest['a.txt']! });
    const changes = () => writeTree(top, { 'src/x.c': 'X', 'src/lib/y.c': 'Y', 'a.txt': 'A' });
    expect((await compare(changes, {}, tree, { paths })).lines.sort()).toEqual([
      'M a.txt',
      'M src/lib/y.c',
      'M src/x.c',
    ]);
  });
});

test('content that the repository lost is a problem, not a change', async () => {
  const captured = captureTree(top);
  const content = ['f'.repeat(64)] as never;
  const tree = nest(top, { ...captured, 'a.txt': file('aaaa', { mtime: LATER, content }) });
  const { lines, problems } = await compare(nothing, {}, tree);
  expect(lines).toEqual([]);
  expect(problems).toMatchObject([{ path: inTop('a.txt'), code: 'blob-missing' }]);
});

test('a cancelled comparison ends', async () => {
  await expect(compare(nothing, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
});
