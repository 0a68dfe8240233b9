import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { RepositoryRef } from '../../../src/worker/engineProtocol/refs.ts';
import type { ChangeList, SnapshotRow } from '../../../src/worker/engineProtocol/snapshots.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let folder: string;
let data: string;

beforeEach(() => {
  const home = tempFolder();
  data = useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, 'src', name), `${name} 1\n`);
  client = newEngineClient();
});

afterEach(() => client.close());

const source = (of = folder) => sourceOf(of);

async function backUp(of = folder, repository: RepositoryRef = {}): Promise<SnapshotRow> {
  const report = await client.call('backup', {
    repository,
    source: source(of),
    trigger: 'manual',
    scan: 'full',
    programVersion: 'cairn test',
  });
  return report.snapshot!;
}

const compare = (of = folder, limit = 100) =>
  client.call('workspaceChanges', { repository: {}, source: source(of), scan: 'full', limit });

const listed = ({ changes }: ChangeList) => changes.map(({ kind, path }) => `${kind} ${path}`);

test('all changes are counted, listed or not', async () => {
  await backUp();
  for (const name of ['a', 'd', 'e']) writeFileSync(join(folder, 'src', name), 'changed\n');
  rmSync(join(folder, 'src/b'));
  const { changes, counts, truncated } = await compare(folder, 2);
  expect({ listed: changes.length, counts, truncated }).toEqual({
    listed: 2,
    counts: { added: 2, modified: 1, removed: 1 },
    truncated: true,
  });
});

test('repositories inside the folder are no part of it, wherever it is backed up to', async () => {
  const home = join(folder, '..');
  await backUp(home);
  expect(listed(await compare(home))).toEqual([]);
  const named: RepositoryRef = { location: join(home, 'named'), password: { from: 'text', text: 'password' } };
  await client.call('createRepository', { repository: named });
  const { id } = await backUp(home, named);
  const names = async (path: string) =>
    (await client.call('listFolder', { repository: named, snapshot: id, path })).map(({ name }) => name);
  expect(await names(home)).toEqual(['data', 'project']);
  expect(await names(data)).not.toContain('repository');
  const { changes } = await client.call('workspaceChanges', {
    repository: named,
    source: source(home),
    scan: 'full',
    limit: 100,
  });
  expect(changes).toEqual([]);
});

test('of what is of another type now it is said what it was', async () => {
  await backUp();
  rmSync(join(folder, 'src/a'));
  symlinkSync('b', join(folder, 'src/a'));
  expect((await compare()).changes).toEqual([
    { path: join(folder, 'src/a'), kind: 'typeChanged', type: 'symlink', typeBefore: 'file', sizeBefore: 4 },
  ]);
});

test('a folder that was renamed is compared where it is now', async () => {
  const { id } = await backUp();
  const moved = join(folder, '../renamed');
  renameSync(folder, moved);
  expect(listed(await compare(moved))).toEqual([]);
  writeFileSync(join(moved, 'src/a'), 'changed\n');
  const now = join(moved, 'src/a');
  expect(listed(await compare(moved))).toEqual([`modified ${now}`]);
  const params = { repository: {}, snapshot: id, source: source(moved), limit: 100 };
  expect(listed(await client.call('diskChanges', { ...params, paths: [now] }))).toEqual([`modified ${now}`]);
  expect(listed(await client.call('diskChanges', params))).toEqual([`modified ${now}`]);
});
