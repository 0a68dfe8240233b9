import { expect, test } from 'vitest';
import { baselineOf } from '../../../src/worker/engine/baselineOf.ts';
import type { Baseline, RowActor, SnapshotRow } from '../../../src/worker/engineProtocol/snapshots.ts';

const agent = (session: string): RowActor => ({ kind: 'agent', name: 'claude', session });
const row = (id: string, time: string, more: Partial<SnapshotRow> = {}): SnapshotRow => ({
  ...{ id, time, hostname: '', username: '', paths: [], tags: [], keep: false },
  ...more,
});
/** Newest first. */
const rows = [
  row('saved', '2024-06-12T12:00:00Z'),
  row('second', '2024-06-12T11:00:00Z', { actor: agent('b'), previous: 'between' }),
  row('between', '2024-06-12T10:30:00Z', { actor: { kind: 'editor' } }),
  row('first', '2024-06-12T10:00:00Z', { actor: agent('b'), previous: 'before' }),
  row('before', '2024-06-12T09:00:00Z', { commit: 'abcdef1' }),
  row('old', '2024-06-11T18:00:00Z', { actor: agent('a') }),
];

test.each<[string, Baseline, string | undefined]>([
  ['the last snapshot', { kind: 'last' }, 'saved'],
  ['the last commit', { kind: 'commit' }, 'before'],
  ['the one before the newest session of an agent', { kind: 'agent' }, 'before'],
  ['the last one before a time', { kind: 'before', time: '2024-06-12T02:00:00+02:00' }, 'old'],
  ['the oldest, where all are younger', { kind: 'before', time: '2024-01-01T00:00:00Z' }, 'old'],
  ['one of which a label changed the id', { kind: 'snapshot', id: 'other', time: rows[2]!.time }, 'between'],
  ['one that is gone', { kind: 'snapshot', id: 'x', time: '2020-01-01T00:00:00Z' }, undefined],
])('changes are told since %s', (_what, baseline, id) => {
  expect(baselineOf(rows, baseline)?.id).toBe(id);
});

test('of an agent whose first snapshot is the oldest, since that; without any, since none', () => {
  expect(baselineOf(rows.slice(5), { kind: 'agent' })?.id).toBe('old');
  expect(baselineOf(rows.slice(0, 1), { kind: 'agent' })).toBeUndefined();
});
