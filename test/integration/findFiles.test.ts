import { beforeAll, describe, expect, test } from 'vitest';
import { findFiles, type FindOptions } from '../../src/engine/findFiles.ts';
import type { Session } from '../../src/engine/session.ts';
import { parseTime } from '../../src/repository/format/time.ts';
import { createTestRepository, file, link, other, type FolderLiteral } from '../helpers/testRepository.ts';

const tree: FolderLiteral = {
  work: {
    'a.TXT': 'x',
    src: {
      'a.c': 'x',
      'b.c': 'x',
      '.hidden.c': 'x',
      lib: { 'a.c': 'x', 'old.c': file('x', { mtime: '2001-01-01T00:00:00Z' }) },
    },
    docs: { 'a.txt': 'x', 'b{1}': 'x', src: link('../src') },
    '#x': '',
    '!x': '',
    '\udcff.c': '',
  },
};

async function find(session: Session, patterns: string[], options: FindOptions = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const { stored, path } of findFiles(session, patterns, options)) {
    lines.push(`${stored.snapshot.tags?.[0] ?? ''}${path}`);
  }
  return lines;
}

describe('patterns', () => {
  let session: Session;
  beforeAll(async () => {
    const repository = await createTestRepository();
    await repository.addSnapshot(tree);
    session = await repository.openSession();
  });

  test.each<[string[], string[], FindOptions?]>([
    [['a.c'], ['/work/src/a.c', '/work/src/lib/a.c']],
    [['?.c'], ['/work/src/a.c', '/work/src/b.c', '/work/src/lib/a.c', '/work/\udcff.c']],
    [
      ['*.c'],
      [
        '/work/src/.hidden.c',
        '/work/src/a.c',
        '/work/src/b.c',
        '/work/src/lib/a.c',
        '/work/src/lib/old.c',
        '/work/\udcff.c',
      ],
    ],
    [['src'], ['/work/docs/src', '/work/src']],
    [['src'], ['/work/src'], { type: 'dir' }],
    [['src'], ['/work/docs/src'], { type: 'symlink' }],
    [['a.txt'], ['/work/docs/a.txt']],
    [['a.txt'], ['/work/a.TXT', '/work/docs/a.txt'], { ignoreCase: true }],
    [['A.*'], ['/work/a.TXT', '/work/docs/a.txt'], { ignoreCase: true, paths: ['/work/a.TXT', '/work/docs'] }],
    [
      ['b.c', 'a.txt'],
      ['/work/docs/a.txt', '/work/src/b.c'],
    ],
    [['/work/src/*.c'], ['/work/src/.hidden.c', '/work/src/a.c', '/work/src/b.c']],
    [['/work/*/a.*'], ['/work/docs/a.txt', '/work/src/a.c']],
    [['/work/**/a.*'], ['/work/a.TXT', '/work/docs/a.txt', '/work/src/a.c', '/work/src/lib/a.c']],
    [['/work'], ['/work']],
    [['/**'], [], { type: 'fifo' }],
    [['src/a.c'], ['/work/src/a.c']],
    [['src/**/a.c'], ['/work/src/a.c', '/work/src/lib/a.c']],
    [['lib/*'], ['/work/src/lib/a.c', '/work/src/lib/old.c']],
    [['*'], ['/work/src/lib', '/work/src/lib/a.c', '/work/src/lib/old.c'], { paths: ['/work/src/lib'] }],
    [['a.c'], [], { paths: ['/wor'] }],
    [
      ['#x', '!x'],
      ['/work/!x', '/work/#x'],
    ],
    [['b[{]1}'], ['/work/docs/b{1}']],
    [['old.c', 'b.c'], ['/work/src/lib/old.c'], { newest: parseTime('2001-01-01T00:00:00Z') }],
    [['old.c', 'b.c'], ['/work/src/b.c'], { oldest: parseTime('2001-01-01T00:00:01Z') }],
  ])('%j finds %j', async (patterns, expected, options) => {
    expect(await find(session, patterns, options)).toEqual(expected);
  });

  test('one that is too long is refused', async () => {
    await expect(find(session, ['x'.repeat(100_000)])).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('many snapshots', () => {
  test('newest first; a folder in which nothing is found is read once', async () => {
    const repository = await createTestRepository();
    const shared = { big: { deep: { file: 'x' } }, other: { y: 'x' } };
    for (let i = 0; i < 5; i++) await repository.addSnapshot({ ...shared, [`n${i}`]: 'x' }, { tags: [`${i}`] });
    const session = await repository.openSession();
    let read = 0;
    const loadTree = session.reader.loadTree.bind(session.reader);
    session.reader.loadTree = (id) => (read++, loadTree(id));
    expect(await find(session, ['n?', 'y'])).toEqual([
      '4/n4',
      '4/other/y',
      '3/n3',
      '3/other/y',
      '2/n2',
      '2/other/y',
      '1/n1',
      '1/other/y',
      '0/n0',
      '0/other/y',
    ]);
    expect(read).toBe(5 + 3);
  });

  test('what stands at another place is judged anew', async () => {
    const repository = await createTestRepository();
    await repository.addSnapshot({ a: { same: { f: 'x' } } }, { tags: ['0'] });
    await repository.addSnapshot({ b: { same: { f: 'x' } } }, { tags: ['1'] });
    const session = await repository.openSession();
    expect(await find(session, ['/b/same/f'])).toEqual(['1/b/same/f']);
    expect(await find(session, ['/a/same/f'])).toEqual(['0/a/same/f']);
  });

  test('only in the chosen ones', async () => {
    const repository = await createTestRepository();
    const first = await repository.addSnapshot({ a: 'x' }, { tags: ['0'], hostname: 'h' });
    await repository.addSnapshot({ a: 'x' }, { tags: ['1'] });
    const session = await repository.openSession();
    expect(await find(session, ['a'], { snapshots: [first.id.slice(0, 10)] })).toEqual(['0/a']);
    expect(await find(session, ['a'], { snapshots: ['latest', 'latest'] })).toEqual(['1/a']);
    expect(await find(session, ['a'], { filter: { hosts: ['h'] } })).toEqual(['0/a']);
    await expect(find(session, ['a'], { snapshots: ['ffff'] })).rejects.toMatchObject({ code: 'snapshot-not-found' });
  });

  test('damage is told once', async () => {
    const repository = await createTestRepository();
    const damaged = other({ type: 'dir', subtree: 'f'.repeat(64) as never });
    for (const tag of ['0', '1']) await repository.addSnapshot({ damaged, [`a${tag}`]: 'x' }, { tags: [tag] });
    const problems: string[] = [];
    const session = await repository.openSession();
    const found = await find(session, ['a*'], { onProblem: ({ path, code }) => problems.push(`${path} ${code}`) });
    expect(found).toEqual(['1/a1', '0/a0']);
    expect(problems).toEqual(['/damaged blob-missing']);
  });
});
