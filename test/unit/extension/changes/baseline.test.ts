import { expect, test, vi } from 'vitest';
import { baselineAt, sinceText, type ChosenBaseline } from '../../../../src/extension/changes/baseline.ts';
import type { SnapshotRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

vi.mock('vscode', async () => (await import('../../../helpers/vscodeStub.ts')).vscodeStub);

const chosen = { kind: 'snapshot', id: 'a', time: '2024-06-12T09:00:00Z', name: 'Jun 12 09:00' } as const;
const time = new Date(2020, 5, 12, 14, 2).toISOString();

test.each<[ChosenBaseline, boolean, string]>([
  [{ kind: 'last' }, false, 'Jun 12, 2020 14:02'],
  [{ kind: 'commit' }, false, 'the last commit, Jun 12, 2020 14:02'],
  [{ kind: 'agent' }, false, 'the agent began, Jun 12, 2020 14:02'],
  [{ kind: 'morning' }, false, 'this morning, Jun 12, 2020 14:02'],
  [chosen, false, '“Works”, Jun 12, 2020 14:02'],
  [{ kind: 'commit' }, true, 'Jun 12, 2020 14:02, as there is no snapshot of a commit'],
  [chosen, true, 'Jun 12, 2020 14:02, as there is no snapshot Jun 12 09:00 any more'],
])('changes since %o are said to be so', (baseline, isMissing, text) => {
  expect(sinceText(baseline, { time, label: 'Works' } as SnapshotRow, isMissing)).toBe(text);
});

test('the morning is that of the day on which one looks', () => {
  const midnight = new Date(2024, 5, 12).toISOString();
  expect(baselineAt({ kind: 'morning' }, new Date(2024, 5, 12, 17, 30))).toEqual({ kind: 'before', time: midnight });
  expect(baselineAt(chosen, new Date())).toEqual({ kind: 'snapshot', id: 'a', time: chosen.time });
});
