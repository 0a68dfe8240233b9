import { describe, expect, test } from 'vitest';
import { fileHistory, type FileVersion, type HistoryOptions } from '../../src/engine/fileHistory.ts';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { createTestRepository, file, folder, link, other, type FolderLiteral } from '../helpers/testRepository.ts';

type State = [FolderLiteral, Partial<Snapshot>?];

/** `change first-last xCount size`, the snapshots by their numbers. */
async function history(states: State[], path: string, options: HistoryOptions = {}): Promise<string[]> {
  const repository = await createTestRepository();
  const ids: string[] = [];
  for (const [tree, fields] of states) ids.push((await repository.addSnapshot(tree, fields)).id);
  const print = ({ change, first, last, snapshots, node }: FileVersion) =>
    `${change} ${ids.indexOf(first.id)}-${ids.indexOf(last.id)} x${snapshots}${node ? ` ${node.size ?? 0}` : ''}`;
  return (await fileHistory(await repository.openSession(), path, options)).map(print);
}

const at = (content: FolderLiteral[string], extra = ''): FolderLiteral => ({ work: { d: { f: content }, extra } });
const without: FolderLiteral = { work: { d: {} } };

test.each<[string, State[], string[]]>([
  ['none', [[without]], []],
  ['one version', [[at('a')], [at('a', 'other')], [at('a')]], ['added 0-2 x3 1']],
  [
    'changes',
    [[at('a')], [at('bb')], [at('bb')], [at('ccc')]],
    ['modified 3-3 x1 3', 'modified 1-2 x2 2', 'added 0-0 x1 1'],
  ],
  [
    'old content again',
    [[at('a')], [at('bb')], [at('a')]],
    ['modified 2-2 x1 1', 'modified 1-1 x1 2', 'added 0-0 x1 1'],
  ],
  ['deleted', [[at('a')], [without], [{ work: {} }]], ['deleted 1-2 x2', 'added 0-0 x1 1']],
  ['back', [[without], [at('a')], [without], [at('a')]], ['added 3-3 x1 1', 'deleted 2-2 x1', 'added 1-1 x1 1']],
  ['another type', [[at('a')], [at(link('x'))]], ['typeChanged 1-1 x1 0', 'added 0-0 x1 1']],
  ['another link', [[at(link('x'))], [at(link('y'))]], ['modified 1-1 x1 0', 'added 0-0 x1 0']],
  ['metadata alone', [[at('a')], [at(file('a', { mode: 0o600, mtime: '2020-01-01T00:00:00Z' }))]], ['added 0-1 x2 1']],
  ['chunks', [[at(file(['a', 'b']))], [at(file(['b', 'a']))]], ['modified 1-1 x1 2', 'added 0-0 x1 2']],
  ['snapshots of something else', [[at('a')], [{ etc: {} }, { paths: ['/etc'] }], [at('a')]], ['added 0-2 x2 1']],
  [
    'a snapshot of the file alone',
    [[at('a')], [at('bb'), { paths: ['/work/d/f'] }]],
    ['modified 1-1 x1 2', 'added 0-0 x1 1'],
  ],
  [
    'a snapshot made with a relative path',
    [[at('a')], [{ d: { f: 'bb' } }], [{ d: {} }]],
    ['deleted 2-2 x1', 'modified 1-1 x1 2', 'added 0-0 x1 1'],
  ],
])('%s', async (_, states, expected) => {
  expect(await history(states, '/work/d/f')).toEqual(expected);
});

test('a folder with the name of the one that it is in', async () => {
  const states: State[] = [[at('a')], [{ d: { f: 'bb' }, work: { d: { f: 'not this' } } }]];
  expect(await history(states, '/work/d/f')).toEqual(['modified 1-1 x1 2', 'added 0-0 x1 1']);
});

test('of a folder', async () => {
  const states: State[] = [[at('a')], [at('a', 'x')], [{ work: { d: folder({ f: 'a' }, { mode: 0 }) } }], [at('b')]];
  expect(await history(states, '/work/d')).toEqual(['modified 3-3 x1 0', 'added 0-2 x3 0']);
});

test('of chosen snapshots', async () => {
  const states: State[] = [[at('a'), { hostname: 'h' }], [at('b')], [at('a'), { hostname: 'h' }]];
  expect(await history(states, '/work/d/f', { filter: { hosts: ['h'] } })).toEqual(['added 0-2 x2 1']);
  expect(await history(states, '/work/d/f', { snapshots: ['latest'] })).toEqual(['added 2-2 x1 1']);
});

test('what cannot be read counts for nothing and is told', async () => {
  const damaged: FolderLiteral = { work: { d: other({ type: 'dir', subtree: 'f'.repeat(64) as never }) } };
  const problems: string[] = [];
  const onProblem: HistoryOptions['onProblem'] = ({ code, path }) => problems.push(`${code} ${path}`);
  expect(await history([[at('a')], [damaged], [at('a')]], '/work/d/f', { onProblem })).toEqual(['added 0-2 x2 1']);
  expect(problems).toEqual(['blob-missing /work/d/f']);
});

test('a relative path is refused', async () => {
  await expect(history([[at('a')]], 'work/d/f')).rejects.toMatchObject({ code: 'usage' });
});

test('the content has an id that is its own', async () => {
  const repository = await createTestRepository();
  await repository.addSnapshot(at('a'));
  await repository.addSnapshot(at('b'));
  await repository.addSnapshot(at('a'));
  const [newest, middle, oldest] = await fileHistory(await repository.openSession(), '/work/d/f');
  expect(newest!.contentId).toBe(oldest!.contentId);
  expect(middle!.contentId).not.toBe(oldest!.contentId);
  expect(newest).toMatchObject({ path: '/work/d/f', node: { name: 'f' }, first: { time: '2024-06-01T00:02:00Z' } });
});

describe('of a file in a workspace that was moved', () => {
  const tags = ['cairn', 'workspace-0123456789abcdef'];
  const options = { workspace: { id: '0123456789abcdef', root: '/home/new', earlierRoots: ['/work', '/older'] } };
  const now = (content: FolderLiteral[string]): State => [
    { home: { new: { d: { f: content } } } },
    { paths: ['/home/new'], tags },
  ];

  test.each<[string, State[], string[]]>([
    ['is one', [[at('a'), { tags }], now('a'), now('bb')], ['modified 2-2 x1 2', 'added 0-1 x2 1']],
    [
      'also if it was deleted before',
      [
        [at('a'), { tags }],
        [without, { tags }],
      ],
      ['deleted 1-1 x1', 'added 0-0 x1 1'],
    ],
    [
      'not through other workspaces',
      [[at('a')], [at('a'), { tags: ['workspace-ffffffff'] }], now('bb')],
      ['added 2-2 x1 2'],
    ],
    [
      'at the root of a tree',
      [[{ d: { f: 'a' } }, { tags }], [{ d: { f: 'bb' }, other: '' }, { tags }], now('bb')],
      ['modified 1-2 x2 2', 'added 0-0 x1 1'],
    ],
    [
      'in a snapshot of several folders',
      [
        [
          { ...at('a'), etc: { d: { f: 'no' } } },
          { tags, paths: ['/etc', '/work'] },
        ],
        now('bb'),
      ],
      ['modified 1-1 x1 2', 'added 0-0 x1 1'],
    ],
  ])('%s', async (_, states, expected) => {
    expect(await history(states, '/home/new/d/f', options)).toEqual(expected);
  });

  test('and not of a file elsewhere', async () => {
    expect(await history([[at('a'), { tags }]], '/home/other/d/f', options)).toEqual([]);
  });
});
