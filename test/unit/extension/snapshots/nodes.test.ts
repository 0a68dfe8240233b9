import { expect, test, vi } from 'vitest';
import type { Cairn } from '../../../../src/extension/cairn.ts';
import type { SnapshotPlace } from '../../../../src/extension/snapshots/snapshotPlace.ts';
import { ChangeNode } from '../../../../src/extension/snapshots/nodes/changeNode.ts';
import { EntryNode } from '../../../../src/extension/snapshots/nodes/entryNode.ts';
import type { TreeNode } from '../../../../src/extension/treeNode.ts';
import type { ChangeRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

vi.mock('vscode', async () => (await import('../../../helpers/vscodeStub.ts')).vscodeStub);

const snapshotOf = (...paths: string[]) =>
  ({ target: { id: 'usb1' }, row: { id: 'f'.repeat(64), paths } }) as unknown as TreeNode & SnapshotPlace;

test.each([
  { paths: ['/w'], path: '/w/src/a.ts', row: ['a.ts', 'src'] },
  { paths: ['/w'], path: '/w/a.ts', from: '/w/old/b.ts', row: ['a.ts', 'old/b.ts →'] },
  { paths: ['C:\\w'], path: 'C:\\w\\src\\lib\\a.ts', row: ['a.ts', 'src/lib'] },
  { paths: ['C:\\w'], path: 'C:\\w\\src\\a.ts', from: 'C:\\w\\b.ts', row: ['a.ts', 'b.ts → src'] },
  { paths: ['D:\\x', '\\\\server\\share'], path: '\\\\server\\share\\src\\a.ts', row: ['a.ts', 'src'] },
])('a change of a snapshot of $paths has its name, and its way from there', ({ paths, row, ...change }) => {
  const full: ChangeRow = { kind: 'modified', type: 'file', ...change };
  const snapshot = snapshotOf(...paths);
  const node = new ChangeNode({} as Cairn, snapshot, { ...snapshot, change: full, before: undefined });
  const { label, description } = node.item();
  expect([label, description]).toEqual(row);
});

test.each([
  { paths: ['/w'], listed: { '/w': ['src'], '/w/src': ['a.ts'] } },
  { paths: ['/w', '/x'], listed: { '': ['w'], '/w': ['a.ts'] } },
  { paths: ['C:\\w'], listed: { 'C:\\w': ['src'], 'C:\\w\\src': ['a.ts'] } },
  { paths: ['C:\\'], listed: { 'C:\\': ['w'], 'C:\\w': ['a.ts'] } },
  { paths: ['C:\\w', 'D:\\x'], listed: { '': ['D'], 'D:\\': ['x'], 'D:\\x': ['a.ts'] } },
  { paths: ['C:\\w', '\\\\s\\x'], listed: { '': ['\\\\s\\x'], '\\\\s\\x\\': ['y'], '\\\\s\\x\\y': ['a.ts'] } },
])('a snapshot of $paths is looked through by paths of its own system', async ({ paths, listed }) => {
  const folders = new Map<string, readonly string[]>(Object.entries(listed));
  const asked: string[] = [];
  const call = (_command: string, { path }: { readonly path: string }) => {
    asked.push(path);
    return (folders.get(path) ?? []).map((name) => ({ name, type: name === 'a.ts' ? 'file' : 'dir' }));
  };
  const cairn = { engine: { call }, targets: { repositoryRef: () => ({}) } } as unknown as Cairn;
  let node = new EntryNode(cairn, snapshotOf(...paths));
  while (node.type === 'dir') node = (await node.children())[0] as EntryNode;
  expect(asked).toEqual([...folders.keys()]);
});
