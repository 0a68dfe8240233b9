import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deletedFiles, type DeletedFile, type DeletedOptions } from '../../src/engine/past/deletedFiles.ts';
import { RemovedPairs } from '../../src/engine/past/removedPairs.ts';
import type { Session } from '../../src/engine/session.ts';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { parseTime } from '../../src/repository/format/time.ts';
import type { StoredSnapshot } from '../../src/repository/snapshots.ts';
import { rounds, seed } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository, unlockedSession } from '../helpers/localRepository.ts';
import { seededRandom } from '../helpers/random.ts';
import { editRandomly } from '../helpers/randomTree.ts';
import { listRestored, restore } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { createTestRepository, file, folder, link, other, type FolderLiteral } from '../helpers/testRepository.ts';

type State = [FolderLiteral, Partial<Snapshot>?];

async function collect(session: Session, place: string, options: DeletedOptions = {}): Promise<DeletedFile[]> {
  const found: DeletedFile[] = [];
  for await (const each of deletedFiles(session, place, options)) found.push(each);
  return found;
}

/** `path last-gone`, the snapshots by their numbers, and `-> path` for one that was renamed. */
async function deleted(states: State[], place = '/work', options: DeletedOptions = {}): Promise<string[]> {
  const repository = await createTestRepository();
  const ids: string[] = [];
  for (const [tree, fields] of states) ids.push((await repository.addSnapshot(tree, fields)).id);
  const number = (stored: StoredSnapshot | undefined) => (stored ? ids.indexOf(stored.id) : '');
  const print = ({ path, last, gone, renamedTo }: DeletedFile) =>
    `${path} ${number(last)}-${number(gone)}${renamedTo === undefined ? '' : ` -> ${renamedTo}`}`;
  return (await collect(await repository.openSession(), place, options)).map(print);
}

const at = (content: FolderLiteral): State => [{ work: content }];

test.each<[string, State[], string[]]>([
  ['nothing', [at({ a: '1' }), at({ a: '2', b: '' })], []],
  ['a file', [at({ a: '1', b: '' }), at({ b: '' }), at({ b: '' })], ['/work/a 0-1']],
  ['one that is back', [at({ a: '1' }), at({}), at({ a: '2' })], []],
  ['one that went twice', [at({ a: '1' }), at({}), at({ a: '2' }), at({})], ['/work/a 2-3']],
  [
    'the latest first',
    [at({ a: '1', b: '2', z: '' }), at({ b: '2', z: '' }), at({ z: '' })],
    ['/work/b 1-2', '/work/a 0-1'],
  ],
  [
    'a folder, by its files',
    [at({ d: { e: { f: '1' }, empty: {} }, l: link('d') }), at({})],
    ['/work/d/e/f 0-1', '/work/l 0-1'],
  ],
  ['a folder in place of a file', [at({ a: '1' }), at({ a: { b: '2' } })], ['/work/a 0-1']],
  ['a file in place of a folder', [at({ a: { b: '2' } }), at({ a: '1' })], ['/work/a/b 0-1']],
  ['a renamed file', [at({ a: '1' }), at({ d: { b: '1' } })], ['/work/a 0-1 -> /work/d/b']],
  [
    'a renamed folder',
    [at({ d: { a: '1', b: '2' } }), at({ e: { a: '1' } })],
    ['/work/d/a 0-1 -> /work/e/a', '/work/d/b 0-1'],
  ],
  ['no rename: the other one was there before', [at({ a: '1', b: '1' }), at({ b: '1' })], ['/work/a 0-1']],
  ['no rename: nothing is in it', [at({ a: file([]) }), at({ b: file([]) })], ['/work/a 0-1']],
  ['chunks', [at({ a: file(['x', 'y']) }), at({ b: file(['y', 'x']) })], ['/work/a 0-1']],
  ['a snapshot of the folder that lacks it', [at({ a: '1' }), [{ other: '' }]], ['/work/a 0-1']],
  ['a snapshot of something else', [at({ a: '1' }), [{ etc: {} }, { paths: ['/etc'] }]], []],
  ['a snapshot made in the folder', [[{ a: '1', b: '' }], [{ b: '', c: '' }]], ['/work/a 0-1']],
])('%s', async (_, states, expected) => {
  expect(await deleted(states)).toEqual(expected);
});

describe('places', () => {
  const states: State[] = [at({ d: { a: '1' }, b: '2' }), at({})];

  test('a folder in what was backed up', async () => {
    expect(await deleted(states, '/work/d')).toEqual(['/work/d/a 0-1']);
  });

  test('a file', async () => {
    expect(await deleted(states, '/work/b')).toEqual(['/work/b 0-1']);
  });

  test('a folder around what was backed up', async () => {
    const two: State[] = [
      [{ home: { x: { a: '' } } }, { paths: ['/home/x'] }],
      [{ home: { y: { b: '' } } }, { paths: ['/home/y'] }],
      [{ home: { x: {} } }, { paths: ['/home/x'] }],
      [{ home: { y: {} } }, { paths: ['/home/y', '/home/y/z'] }],
    ];
    expect(await deleted(two, '/home')).toEqual(['/home/y/b 1-3', '/home/x/a 0-2']);
    expect(await deleted(two, '/')).toHaveLength(2);
  });

  test('a moved workspace', async () => {
    const tags = ['workspace-0123456789abcdef'];
    const moved: State[] = [
      [{ old: { a: '1', b: '' } }, { paths: ['/old'], tags }],
      [{ new: { b: '' } }, { paths: ['/new'], tags }],
    ];
    const workspace = { id: '0123456789abcdef', root: '/new', earlierRoots: ['/old'] };
    expect(await deleted(moved, '/new', { workspace })).toEqual(['/new/a 0-1']);
  });

  test('one of which there is nothing', async () => {
    await expect(deleted(states, '/nowhere')).rejects.toMatchObject({ code: 'path-not-in-snapshot' });
    await expect(deleted(states, 'work')).rejects.toMatchObject({ code: 'usage' });
  });
});

test('since a time', async () => {
  // The snapshots are a minute apart.
  const states = [at({ a: '1', b: '2' }), at({ b: '2' }), at({})];
  expect(await deleted(states, '/work', { since: parseTime('2024-06-01T00:02:00Z') })).toEqual(['/work/b 1-2']);
  expect(await deleted(states, '/work', { since: parseTime('2024-06-01T00:02:01Z') })).toEqual([]);
  expect(await deleted(states, '/work', { since: parseTime('2024-06-01T00:01:00Z') })).toHaveLength(2);
});

test('what cannot be read is not taken for gone', async () => {
  const problems: string[] = [];
  const onProblem: DeletedOptions['onProblem'] = ({ code }) => problems.push(code);
  const damaged = other({ type: 'dir', subtree: 'f'.repeat(64) as never });
  const states = [at({ d: { a: '1' }, b: '' }), at({ d: { c: '1' }, b: '' }), at({ d: damaged })];
  expect(await deleted(states, '/work', { onProblem })).toEqual(['/work/b 1-2']);
  expect(new Set(problems)).toEqual(new Set(['blob-missing']));
});

test('states that are known are not read again', async () => {
  const repository = await createTestRepository();
  for (let number = 0; number < 5; number++) await repository.addSnapshot({ work: { d: { [`f${number}`]: 'x' } } });
  const session = await repository.openSession();
  const read: string[] = [];
  const loadTree = session.reader.loadTree.bind(session.reader);
  session.reader.loadTree = (id) => {
    read.push(id);
    return loadTree(id);
  };
  const pairs = new RemovedPairs();
  const first = await collect(session, '/work', { pairs });
  expect(first).toHaveLength(4);
  expect(new Set(read).size).toBe(read.length);
  read.length = 0;
  expect(await collect(session, '/work', { pairs })).toEqual(first);
  // On the way to the folder, and in the newest state.
  expect(read).toHaveLength(7);
});

test('with the disk, what is there is not gone, and what went since the newest snapshot is', async () => {
  const root = tempFolder();
  const source = join(root, 'source');
  writeTree(source, { 'a.txt': 'a', 'd/b.txt': 'b', 'd/c.txt': 'c', 'e/f/g.txt': 'g', 'h.txt': 'h' });
  const repository = await createLocalRepository(join(root, 'repository'));
  await backUp(repository, [source]);
  rmSync(join(source, 'a.txt'));
  rmSync(join(source, 'h.txt'));
  await backUp(repository, [source]);
  writeFileSync(join(source, 'a.txt'), 'other');
  rmSync(join(source, 'd/b.txt'));
  renameSync(join(source, 'e'), join(source, 'x'));
  writeFileSync(join(source, 'e'), 'no folder');
  rmSync(join(source, 'd/c.txt'));
  mkdirSync(join(source, 'd/c.txt'));
  const found = await collect(await unlockedSession(repository), source, { withDisk: true });
  expect(
    found.map(
      ({ path, gone }) => `${path.slice(source.length + 1).replaceAll('\\', '/')} ${gone ? 'before' : 'since'}`,
    ),
  ).toEqual(['d/b.txt since', 'd/c.txt since', 'e/f/g.txt since', 'h.txt before']);
  rmSync(source, { recursive: true });
  expect(await collect(await unlockedSession(repository), source, { withDisk: true })).toHaveLength(5);
});

/** What an honest look at every state says: paths, and their content. */
type Plain = ReadonlyMap<string, string>;

/** `path last`, and whether it may count as renamed, by brute force. */
function bruteForce(
  states: readonly Plain[],
): { path: string; last: number; twins: readonly string[]; gone: readonly string[] }[] {
  const newest = states.at(-1)!;
  const paths = new Set(states.flatMap((state) => [...state.keys()]));
  return [...paths]
    .filter((path) => !newest.has(path))
    .map((path) => {
      const last = states.findLastIndex((state) => state.has(path));
      const [before, after] = [states[last]!, states[last + 1]!];
      const same = (state: Plain, missingIn: Plain) =>
        [...state]
          .filter(([other, content]) => content === before.get(path) && !missingIn.has(other))
          .map(([other]) => other);
      return { path, last, twins: same(after, before), gone: same(before, after) };
    });
}

/** Holds what was found against brute force; paths below the place. */
function expectEqual(
  found: readonly { path: string; last: number; renamedTo: string | undefined }[],
  states: readonly Plain[],
): void {
  const expected = bruteForce(states);
  const key = ({ path, last }: { path: string; last: number }) => `${last} ${path}`;
  expect(found.map(key).sort()).toEqual(expected.map(key).sort());
  expect(found.map(({ last }) => last)).toEqual(found.map(({ last }) => last).sort((a, b) => b - a));
  for (const { path, renamedTo } of found) {
    const { twins, gone } = expected.find((each) => each.path === path)!;
    if (renamedTo !== undefined) expect(twins).toContain(renamedTo);
    // Without a partner only if others that went had them all.
    else expect(twins.length).toBeLessThan(gone.length);
  }
}

const tree: fc.Arbitrary<FolderLiteral> = fc.letrec<{ folder: FolderLiteral; entry: string | FolderLiteral }>(
  (tie) => ({
    folder: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('entry'), { maxKeys: 3 }),
    entry: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('1', '2', '3') }, { weight: 2, arbitrary: tie('folder') }),
  }),
).folder;

function flatten(literal: FolderLiteral, way = ''): [string, string][] {
  return Object.entries(literal).flatMap(([name, entry]) =>
    typeof entry === 'string'
      ? [[way + name, entry] as [string, string]]
      : flatten(entry as FolderLiteral, `${way}${name}/`),
  );
}

test('equals brute force over random states', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 6 }), async (trees) => {
      const repository = await createTestRepository();
      const ids: string[] = [];
      for (const content of trees) ids.push((await repository.addSnapshot({ work: folder(content) })).id);
      const found = await collect(await repository.openSession(), '/work');
      const below = (path: string) => path.slice('/work/'.length);
      expectEqual(
        found.map(({ path, last, renamedTo }) => ({
          path: below(path),
          last: ids.indexOf(last.id),
          renamedTo: renamedTo && below(renamedTo),
        })),
        trees.map((content) => new Map(flatten(content))),
      );
    }),
    { numRuns: rounds(400, 60), seed },
  );
});

test('equals brute force over restored snapshots', async () => {
  const random = seededRandom(seed);
  const root = tempFolder();
  const source = join(root, 'source');
  const repository = await createLocalRepository(join(root, 'repository'));
  const ids: string[] = [];
  const states: Plain[] = [];
  for (let number = 0; number < rounds(30, 6); number++) {
    editRandomly(source, random, number === 0 ? 60 : 15);
    ids.push((await backUp(repository, [source])).snapshotId!);
    const copy = join(root, `copy ${number}`);
    await restore(repository, { destination: copy, folder: source });
    const files = listRestored(copy).filter(({ mode }) => (Number.parseInt(mode, 8) & 0o170000) !== 0o040000);
    states.push(new Map(files.map(({ path, sha256 = '', link: target = '' }) => [path.slice(1), sha256 + target])));
  }
  const found = await collect(await unlockedSession(repository), source);
  const below = (path: string) => path.slice(source.length + 1).replaceAll('\\', '/');
  expect(found.map(({ path, last }) => `${ids.indexOf(last.id)} ${below(path)}`).sort()).toEqual(
    bruteForce(states)
      .map(({ path, last }) => `${last} ${path}`)
      .sort(),
  );
});
