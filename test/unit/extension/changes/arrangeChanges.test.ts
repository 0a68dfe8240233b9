import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrangeChanges, changesIn, type ChangeEntry } from '../../../../src/extension/changes/arrangeChanges.ts';
import type { ChangeRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

const row = (path: string): ChangeRow => ({ path: `/w/${path}`, kind: 'modified', type: 'file' });
const draw = (entries: readonly ChangeEntry<ChangeRow>[], indent = ''): string[] =>
  entries.flatMap((entry) =>
    entry.kind === 'file'
      ? [indent + entry.change.path.split('/').at(-1)!]
      : [`${indent}${entry.name}/`, ...draw(entry.entries, `${indent}  `)],
  );

test('folders come first, and lonely ones are joined', () => {
  const changes = ['z.ts', 'src/a/b/one.ts', 'src/a/b/two.ts', 'lib/c.ts', 'lib/x/y/d.ts', 'a.ts'].map(row);
  expect(draw(arrangeChanges(changes, '/w'))).toEqual([
    'lib/',
    '  x/y/',
    '    d.ts',
    '  c.ts',
    'src/a/b/',
    '  one.ts',
    '  two.ts',
    'a.ts',
    'z.ts',
  ]);
});

test.each([
  ['C:\\w', 'C:\\w\\'],
  ['C:\\', 'C:\\'],
  ['\\\\server\\share', '\\\\server\\share\\'],
])('changes in %s are in the folders of their paths, too', (root, start) => {
  const changes = ['src\\a\\b\\one.ts', 'src\\a\\b\\two.ts', 'lib\\c.ts', 'z.ts'].map((way): ChangeRow => ({
    path: start + way,
    kind: 'modified',
    type: 'file',
  }));
  const entries = arrangeChanges(changes, root);
  const top = entries.map((entry) => (entry.kind === 'folder' ? [entry.name, entry.path] : [entry.change.path]));
  expect(top).toEqual([['lib', `${start}lib`], ['src/a/b', `${start}src\\a\\b`], [`${start}z.ts`]]);
  expect(entries.map((entry) => changesIn(entry).length)).toEqual([1, 2, 1]);
});

test('every change is in the tree once, below the folders of its path', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', '..x'), { minLength: 1, maxLength: 5 })
    .map((names) => names.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 30 }), (paths) => {
      const entries = arrangeChanges(paths.map(row), '/w');
      const found = entries.flatMap(changesIn).map((change) => change.path);
      expect(found.toSorted()).toEqual(paths.map((text) => `/w/${text}`).toSorted());
      const check = (entry: ChangeEntry<ChangeRow>): void => {
        if (entry.kind === 'file') return;
        for (const change of changesIn(entry)) expect(change.path.startsWith(`${entry.path}/`)).toBe(true);
        entry.entries.forEach(check);
      };
      entries.forEach(check);
    }),
  );
});
