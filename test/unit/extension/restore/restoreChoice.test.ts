import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RestoreLine } from '../../../../src/worker/engineProtocol/restore.ts';
import type { PlannedPart } from '../../../../src/extension/restore/orderPlan.ts';
import type { RestorePart } from '../../../../src/extension/restore/restoreOrder.ts';
import {
  choiceRows,
  chosenParts,
  followTicks,
  type ChoiceRow,
} from '../../../../src/extension/restore/restoreChoice.ts';

const root = join(process.cwd(), 'work');
const at = (...names: string[]) => join(root, ...names);

/** A plan that does this; a folder ends in a slash. */
function plan(lines: Readonly<Record<string, RestoreLine['change']>>, folder = root): PlannedPart {
  const part = { folder: { uri: { fsPath: folder } }, paths: [] } as unknown as RestorePart;
  const preview = {
    lines: Object.entries(lines).map(([name, change]) => {
      const isFolder = name.endsWith('/');
      return { path: join(folder, ...name.split('/').filter(Boolean)), change, isFolder, size: 1 };
    }),
  };
  return { part, preview } as unknown as PlannedPart;
}

const waysOf = (rows: Iterable<ChoiceRow>) => [...rows].map(({ way }) => way);
const pathsOf = (parts: readonly RestorePart[]) => parts.map(({ paths }) => paths);

/** What is ticked after each of these was clicked, with all ticked at first. */
function click(rows: readonly ChoiceRow[], ...ways: string[]): Set<ChoiceRow> {
  let ticked = new Set(rows);
  for (const way of ways) {
    const row = rows.find((each) => each.way === way)!;
    const shown = new Set(ticked);
    if (!shown.delete(row)) shown.add(row);
    ticked = followTicks(rows, ticked, shown);
  }
  return ticked;
}

const rows = choiceRows([
  plan({
    'old/': 'delete',
    'old/x.ts': 'delete',
    'src/deep/a.ts': 'overwrite',
    'src/b.ts': 'overwrite',
    'new/': 'create',
    'new/sub/': 'create',
    'new/sub/c.ts': 'create',
    'new/d.ts': 'create',
    'src/': 'metadata',
    'empty/': 'create',
    'e.txt': 'create',
  }),
]);

test('a folder stands before what is in it, and one that goes is one row', () => {
  expect(waysOf(rows)).toEqual([
    ...['old', 'src', 'src/deep', 'src/deep/a.ts', 'src/b.ts'],
    ...['new', 'new/sub', 'new/sub/c.ts', 'new/d.ts', 'empty', 'e.txt'],
  ]);
  expect(waysOf(rows.find(({ way }) => way === 'new')!.below)).toEqual(['new/sub/c.ts', 'new/d.ts']);
});

describe('ticks', () => {
  test('a folder takes along what is below it, and the folders above follow', () => {
    expect(waysOf(click(rows, 'new'))).not.toEqual(expect.arrayContaining([expect.stringMatching(/^new/)]));
    expect(waysOf(click(rows, 'src/deep'))).not.toContain('src');
    expect(click(rows, 'src/deep', 'src/deep')).toEqual(new Set(rows));
  });

  test('a file takes its folders along, and the last one brings them back', () => {
    const without = waysOf(click(rows, 'new/sub/c.ts'));
    expect(without).not.toContain('new');
    expect(without).not.toContain('new/sub');
    expect(without).toContain('new/d.ts');
    expect(click(rows, 'new/sub/c.ts', 'new/sub/c.ts')).toEqual(new Set(rows));
  });

  test('a folder of which some is ticked is ticked whole', () => {
    expect(click(rows, 'new/d.ts', 'new')).toEqual(new Set(rows));
  });
});

describe('the engine is told', () => {
  test('of a folder that comes or goes, the folder; of others, only what would change', () => {
    expect(pathsOf(chosenParts(rows, click(rows, 'e.txt')))).toEqual([
      [at('old'), at('src', 'deep', 'a.ts'), at('src', 'b.ts'), at('new'), at('empty')],
    ]);
  });

  test('of a folder that is not chosen whole, what is', () => {
    const ticked = click(rows, 'old', 'src', 'new/d.ts', 'empty', 'e.txt');
    expect(pathsOf(chosenParts(rows, ticked))).toEqual([[at('new', 'sub')]]);
  });

  test('of folders of which nothing is chosen, nothing', () => {
    const other = join(process.cwd(), 'other');
    const both = choiceRows([plan({ 'a.txt': 'create' }), plan({ 'b.txt': 'create' }, other)]);
    expect(pathsOf(chosenParts(both, click(both, 'a.txt')))).toEqual([[join(other, 'b.txt')]]);
  });

  test('of what git keeps, its folders, by one row', () => {
    const git = choiceRows([
      plan({ '.git/': 'create', '.git/HEAD': 'create', 'sub/.git/HEAD': 'overwrite', '.gitignore': 'create' }),
    ]);
    expect(waysOf(git)).toEqual(['.gitignore', '']);
    expect(pathsOf(chosenParts(git, click(git, '.gitignore')))).toEqual([[at('.git'), at('sub', '.git')]]);
  });
});
