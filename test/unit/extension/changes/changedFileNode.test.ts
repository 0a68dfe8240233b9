import { expect, test, vi } from 'vitest';
import type { Cairn } from '../../../../src/extension/cairn.ts';
import type { FolderChanges } from '../../../../src/extension/changes/changesModel.ts';
import { ChangedFileNode } from '../../../../src/extension/changes/nodes/changedFileNode.ts';
import type { ChangeRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

vi.mock('vscode', async () => (await import('../../../helpers/vscodeStub.ts')).vscodeStub);

/** The editor writes the letter of a drive in lower case, and the engine in upper case. */
const systems = [
  { fsPath: '/home/me/w', root: '/home/me/w/', then: '/old/', separator: '/' },
  { fsPath: 'c:\\Users\\me\\w', root: 'C:\\Users\\me\\w\\', then: 'D:\\old\\', separator: '\\' },
  { fsPath: '\\\\server\\share\\w', root: '\\\\server\\share\\w\\', then: 'D:\\old\\', separator: '\\' },
];

test.each(systems)('a row in $fsPath has its name, and the way to it from there', ({ fsPath, root, separator }) => {
  const place = (...names: string[]) => root + names.join(separator);
  const rowOf = (change: Partial<ChangeRow>, isInTree = false) => {
    const row = { path: place('src', 'lib', 'a.ts'), kind: 'modified', type: 'file', ...change } as const;
    const of = { folder: { uri: { fsPath } } } as FolderChanges;
    const { label, description } = new ChangedFileNode({} as Cairn, undefined, { of, change: row, isInTree }).item();
    return [label, description];
  };
  expect(rowOf({})).toEqual(['a.ts', 'src/lib']);
  expect(rowOf({}, true)).toEqual(['a.ts', '']);
  expect(rowOf({ path: place('a.ts') })).toEqual(['a.ts', '']);
  expect(rowOf({ kind: 'removed' })).toEqual(['a.ts', 'src/lib · deleted']);
  expect(rowOf({ kind: 'renamed', from: place('old', 'b.ts') })).toEqual(['a.ts', 'old/b.ts → src/lib']);
});

test.each(systems)('what a row in $fsPath brings back is where it was then', ({ fsPath, root, then, separator }) => {
  const of = { folder: { uri: { fsPath } }, snapshot: { paths: [then.slice(0, -1)] } } as unknown as FolderChanges;
  const change: ChangeRow = { path: `${root}src${separator}a.ts`, kind: 'modified', type: 'file' };
  const { path } = new ChangedFileNode({} as Cairn, undefined, { of, change, isInTree: false });
  expect(path).toBe(`${then}src${separator}a.ts`);
});
