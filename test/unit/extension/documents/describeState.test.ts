import { expect, test, vi } from 'vitest';
import type { ComparedState } from '../../../../src/extension/documents/comparison.ts';
import { describeChange } from '../../../../src/extension/documents/describeState.ts';

vi.mock('vscode', async () => (await import('../../../helpers/vscodeStub.ts')).vscodeStub);

const snapshot = (...clock: [number, number, number]): ComparedState => {
  const time = new Date(2024, 5, 12, ...clock).toISOString();
  return { kind: 'snapshot', target: 't', snapshot: { id: 'a', time, paths: ['/w'] } };
};
const change = { path: '/w/a.ts', kind: 'modified', type: 'file' } as const;

test.each([
  [snapshot(18, 11, 2), snapshot(18, 11, 40), 'Jun 12, 2024 18:11:02', 'Jun 12, 2024 18:11:40'],
  [snapshot(18, 11, 2), snapshot(18, 12, 2), 'Jun 12, 2024 18:11', 'Jun 12, 2024 18:12'],
])('the title of a difference tells two snapshots apart', (before, after, one, other) => {
  expect(describeChange(change, { before, after })).toBe(`a.ts (Snapshot ${one} ↔ Snapshot ${other})`);
});

test('the disk needs no seconds', () => {
  const title = describeChange(change, { before: snapshot(18, 11, 2), after: { kind: 'disk', folder: '/w' } });
  expect(title).toBe('a.ts (Snapshot Jun 12, 2024 18:11 ↔ Current)');
});
