import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { BackupRequest } from '../../../src/worker/engineProtocol/backup.ts';
import type { SnapshotRow, Trigger } from '../../../src/worker/engineProtocol/snapshots.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { restic } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let home: string;
let folder: string;

beforeEach(() => {
  home = tempFolder();
  folder = join(home, 'project');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.txt'), 'one\n');
  client = newEngineClient();
});

afterEach(() => client.close());

const repository = () => ({
  location: join(home, 'repository'),
  password: { from: 'text', text: 'secret' } as const,
});

async function backup(trigger: Trigger = 'manual', more: Partial<BackupRequest> = {}): Promise<SnapshotRow> {
  const { snapshot } = await client.call('backup', {
    repository: repository(),
    source: sourceOf(folder),
    trigger,
    scan: 'full',
    programVersion: 'cairn test',
    ...more,
  });
  return snapshot!;
}

test('the history of a file follows its workspace to where it was before', async () => {
  useDataHome(join(home, 'data'));
  await client.call('createRepository', { repository: repository() });
  const first = await backup();
  const before = folder;
  folder = join(home, 'renamed');
  renameSync(before, folder);
  writeFileSync(join(folder, 'a.txt'), 'two\n');
  const second = await backup();
  rmSync(join(folder, 'a.txt'));
  writeFileSync(join(folder, 'b.txt'), 'new\n');
  const third = await backup();

  const path = join(folder, 'a.txt');
  const versions = await client.call('fileHistory', { repository: repository(), path, folder });
  expect(versions.map(({ change, snapshot, path }) => [change, snapshot.id, path])).toEqual([
    ['deleted', third.id, path],
    ['modified', second.id, path],
    ['added', first.id, join(before, 'a.txt')],
  ]);
  const bytes = await client.call('readFile', {
    repository: repository(),
    snapshot: first.id,
    path: versions[2]!.path,
    maxBytes: 10,
  });
  expect(Buffer.from(bytes).toString()).toBe('one\n');
});

test('changes of a snapshot come with the snapshot that they are against', async () => {
  useDataHome(join(home, 'data'));
  await client.call('createRepository', { repository: repository() });
  const first = await backup();
  const ofFirst = await client.call('snapshotChanges', { repository: repository(), snapshot: first.id, limit: 5 });
  expect(ofFirst).not.toHaveProperty('before');
  writeFileSync(join(folder, 'a.txt'), 'two\n');
  const { id } = await backup();
  const { before } = await client.call('snapshotChanges', { repository: repository(), snapshot: id, limit: 5 });
  expect(before).toEqual(first);
});

test('a snapshot says where the files are that it changed, and which folder its commit is of', async () => {
  useDataHome(join(home, 'data'));
  await client.call('createRepository', { repository: repository() });
  await backup();
  writeFileSync(join(folder, 'a.txt'), 'two\n');
  const { counts } = await backup('save');
  expect(counts).toMatchObject({ filesChanged: 1, changedAt: join(folder, 'a.txt') });
  const commit = await backup('commit', {
    commit: 'abcdef1',
    commitIn: 'packages/app',
    label: 'Say why',
    evenIfUnchanged: true,
  });
  expect(commit).toMatchObject({ commit: 'abcdef1', commitIn: 'packages/app', label: 'Say why' });
  const labelled = await client.call('tagSnapshots', { repository: repository(), ids: [commit.id], label: 'good' });
  expect(labelled.rows).toMatchObject([{ label: 'good', subject: 'Say why', commitIn: 'packages/app' }]);
});

test('snapshots are filtered by trigger, and by having none', async () => {
  useDataHome(join(home, 'data'));
  await client.call('createRepository', { repository: repository() });
  const manual = await backup();
  writeFileSync(join(folder, 'a.txt'), 'two\n');
  const saved = await backup('save');
  restic(repository().location, ['backup', folder], { password: 'secret' });
  const list = async (...triggers: (Trigger | 'other')[]) => {
    const { rows } = await client.call('listSnapshots', { repository: repository(), folder, limit: 9, triggers });
    return rows.map(({ id, trigger }) => (trigger === undefined ? 'restic' : id));
  };
  expect(await list('save')).toEqual([saved.id]);
  expect(await list('other')).toEqual(['restic']);
  expect(await list('other', 'manual')).toEqual(['restic', manual.id]);
});

test('snapshots say who changed things, and are filtered by it', async () => {
  useDataHome(join(home, 'data'));
  await client.call('createRepository', { repository: repository() });
  const nobody = await backup();
  writeFileSync(join(folder, 'a.txt'), 'two\n');
  const unknown = await backup('outside', { actor: { kind: 'unknown' } });
  writeFileSync(join(folder, 'a.txt'), 'three\n');
  const commit = await backup('commit', { actor: { kind: 'git', name: 'commit' }, commit: 'abcdef1' });
  restic(repository().location, ['backup', folder, '--tag', 'cairn,outside,actor-agent,agent-claude,turn-7'], {
    password: 'secret',
  });
  const list = async (...actors: { kind: 'agent' | 'git' | 'unknown'; name?: string }[]) => {
    const { rows } = await client.call('listSnapshots', { repository: repository(), folder, limit: 9, actors });
    return rows;
  };
  const agent = { kind: 'agent', name: 'claude', title: 'Claude Code', turn: '7' };
  expect(await list({ kind: 'agent' })).toMatchObject([{ actor: agent }]);
  expect(await list({ kind: 'agent', name: 'codex' })).toEqual([]);
  expect((await list({ kind: 'git' }, { kind: 'unknown' })).map(({ id }) => id)).toEqual([
    commit.id,
    unknown.id,
    nobody.id,
  ]);
});

test('snapshots are filtered by the name of a file that they changed', async () => {
  useDataHome(join(home, 'data'));
  await client.call('createRepository', { repository: repository() });
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, '.git/Notes-index'), '1');
  const first = await backup();
  writeFileSync(join(folder, 'Notes.md'), 'one\n');
  const added = await backup();
  writeFileSync(join(folder, 'a.txt'), 'two\n');
  writeFileSync(join(folder, '.git/Notes-index'), '2');
  await backup();
  rmSync(join(folder, 'Notes.md'));
  const deleted = await backup();
  const list = async (text: string) => {
    const { rows, total } = await client.call('listSnapshots', { repository: repository(), folder, limit: 9, text });
    return [total, ...rows.map(({ id }) => id)];
  };
  expect(await list('notes')).toEqual([2, deleted.id, added.id]);
  expect(await list('NOTES.MD')).toEqual([2, deleted.id, added.id]);
  expect((await list('.git/notes'))[0]).toBe(2);
  expect((await list('a.txt')).at(-1)).toBe(first.id);
  expect(await list('nowhere')).toEqual([0]);
  // By its own id only itself, as it is looked for by programs.
  expect(await list(added.id)).toEqual([1, added.id]);
});

test('files are found by name among all that ever were, wherever the workspace was', async () => {
  useDataHome(join(home, 'data'));
  await client.call('createRepository', { repository: repository() });
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, '.git/a.txt'), 'not of interest');
  const { time: lastTime } = await backup();
  renameSync(folder, join(home, 'renamed'));
  folder = join(home, 'renamed');
  rmSync(join(folder, 'a.txt'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/main.ts'), 'main');
  await backup();
  const find = (text: string, limit = 10) =>
    client.call('findPastFiles', { repository: repository(), folder, text, limit });
  const gone = { path: join(folder, 'a.txt'), lastTime };
  const there = { path: join(folder, 'src/main.ts') };
  expect(await find('')).toEqual({ rows: [gone, there], total: 2 });
  expect(await find('ATX')).toEqual({ rows: [gone], total: 1 });
  expect(await find('', 1)).toMatchObject({ rows: [gone], total: 2 });
  writeFileSync(join(folder, 'b.txt'), 'b');
  await backup();
  expect(await find('b')).toEqual({ rows: [{ path: join(folder, 'b.txt') }], total: 1 });
});
