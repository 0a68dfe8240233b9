import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { describeTree } from '../../helpers/describeTree.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let folder: string;
let data: string;

beforeEach(async () => {
  const home = tempFolder();
  data = useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const name of ['a', 'src/b']) writeFileSync(join(folder, name), `${name} 1\n`);
  client = newEngineClient();
  await backUp('manual');
});
afterEach(() => client.close());

const backUp = (trigger: 'manual' | 'save') =>
  client.call('backup', { repository: {}, source: sourceOf(folder), trigger, scan: 'full', programVersion: 'test' });
const list = () => client.call('listSnapshots', { repository: {}, folder, limit: 9 });
const state = () => describeTree(folder).map((line) => line.replace(/ \d{19} /, ' '));

test.each(['save', 'manual'] as const)('no snapshot is made of a folder that is gone (%s)', async (trigger) => {
  rmSync(folder, { recursive: true });
  await expect(backUp(trigger)).rejects.toMatchObject({ code: 'source-not-found' });
  expect((await list()).total).toBe(1);
});

test.each(['known here', 'of which this machine has no note'])(
  'a folder that is gone, %s, is all missing',
  async (how) => {
    rmSync(folder, { recursive: true });
    if (how !== 'known here') rmSync(join(data, 'workspaces.json'));
    const { rows } = await list();
    expect(rows).toHaveLength(1);
    const params = { repository: {}, source: sourceOf(folder), scan: 'full', limit: 9 } as const;
    const { changes, snapshot, isFolderGone } = await client.call('workspaceChanges', params);
    expect(isFolderGone).toBe(true);
    expect(snapshot).toEqual(rows[0]);
    expect(changes.map(({ kind, path }) => [kind, path])).toEqual([
      ['removed', join(folder, 'a')],
      ['removed', join(folder, 'src', 'b')],
    ]);
    const history = await client.call('fileHistory', { repository: {}, folder, path: join(folder, 'a') });
    expect(history.map(({ change }) => change)).toEqual(['added']);
  },
);

test('it comes back whole, and then has changed nothing', async () => {
  const wanted = state();
  rmSync(folder, { recursive: true });
  const { rows } = await list();
  const request = { repository: {}, snapshot: rows[0]!.id, paths: [], source: sourceOf(folder), exact: true };
  const plan = await client.call('planRestore', request);
  expect(plan).toMatchObject({ isFolderGone: true, totals: { create: 2, overwrite: 0, delete: 0 } });
  await client.call('executeRestore', { planId: plan.planId });
  expect(state()).toEqual(wanted);
  const again = await client.call('planRestore', request);
  expect(again).toMatchObject({ isFolderGone: false, totals: { create: 0, overwrite: 0, delete: 0 } });
  expect((await list()).rows).toEqual(rows);
  const params = { repository: {}, source: sourceOf(folder), scan: 'full', limit: 9 } as const;
  expect(await client.call('workspaceChanges', params)).toMatchObject({ changes: [], snapshot: rows[0] });
});
