import { expect, test } from 'vitest';
import { SnapshotList } from '../../../../src/extension/snapshots/snapshotList.ts';
import type { SnapshotRow } from '../../../../src/worker/engineProtocol/snapshots.ts';

/** A repository with so many snapshots, the newest one first. */
function repositoryOf(count: number) {
  const rows = Array.from({ length: count }, (_, at) => ({ id: `s${count - at}` }) as SnapshotRow);
  const load = async (limit: number) => ({ rows: rows.slice(0, limit), total: rows.length });
  return { rows, list: new SnapshotList(load) };
}

test('fetches page by page, and keeps what was fetched when it looks again', async () => {
  const { rows, list } = repositoryOf(450);
  expect(await list.refresh()).toBe(true);
  expect([list.rows.length, list.hasMore]).toEqual([200, true]);
  await list.more();
  rows.unshift({ id: 'new' } as SnapshotRow);
  expect(await list.refresh()).toBe(true);
  expect([list.rows.length, list.rows[0]!.id]).toEqual([400, 'new']);
  await list.more();
  expect([list.rows.length, list.total, list.hasMore]).toEqual([451, 451, false]);
});

test('knows whether anything is other than before', async () => {
  const { rows, list } = repositoryOf(3);
  await list.refresh();
  expect(await list.refresh()).toBe(false);
  rows[0] = { ...rows[0]!, previous: 's2' };
  expect(await list.refresh()).toBe(true);
  rows.pop();
  expect(await list.refresh()).toBe(true);
});
