import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EngineClient } from '../../../src/worker/engineClient.ts';
import type { BackupRequest } from '../../../src/worker/engineProtocol/backup.ts';
import { bundle } from '../../helpers/bundle.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { inTree } from '../../helpers/paths.ts';
import { restic } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let folder: string;
let crashes: unknown[];

beforeEach(() => {
  const home = tempFolder();
  useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'src', 'a.ts'), 'one\n');
  writeFileSync(join(folder, 'b.txt'), 'two\n');
  crashes = [];
  client = newClient();
});

afterEach(() => client.close());

function newClient(): EngineClient {
  return newEngineClient({ onCrash: (cause) => crashes.push(cause) });
}

const source = () => sourceOf(folder);

function backup(options: Partial<BackupRequest> = {}) {
  return client.call('backup', {
    repository: {},
    source: source(),
    trigger: 'manual',
    scan: 'full',
    programVersion: 'cairn test',
    ...options,
  });
}

test('backs up, lists, compares, reads and restores', async () => {
  const first = await backup({ label: 'first' });
  expect(first.createdRepository).toBeDefined();
  expect(first.snapshot).toMatchObject({ trigger: 'manual', label: 'first', keep: false });
  expect(await backup()).not.toHaveProperty('snapshot');

  writeFileSync(join(folder, 'src', 'a.ts'), 'changed\n');
  renameSync(join(folder, 'b.txt'), join(folder, 'c.txt'));
  const onDisk = await client.call('workspaceChanges', { repository: {}, source: source(), scan: 'full', limit: 10 });
  expect(onDisk.snapshot?.id).toBe(first.snapshot?.id);
  expect(onDisk.changes.map(({ path, kind, from }) => [path, kind, from])).toEqual([
    [join(folder, 'c.txt'), 'renamed', join(folder, 'b.txt')],
    [join(folder, 'src/a.ts'), 'modified', undefined],
  ]);

  const second = await backup();
  const { rows, total } = await client.call('listSnapshots', { repository: {}, folder, limit: 1 });
  expect({ total, ids: rows.map(({ id, previous }) => [id, previous]) }).toEqual({
    total: 2,
    ids: [[second.snapshot!.id, first.snapshot!.id]],
  });
  const changed = await client.call('snapshotChanges', { repository: {}, snapshot: second.snapshot!.id, limit: 10 });
  expect(changed.changes.map(({ path, kind, from }) => [path, kind, from])).toEqual([
    [join(folder, 'c.txt'), 'renamed', join(folder, 'b.txt')],
    [join(folder, 'src/a.ts'), 'modified', undefined],
  ]);

  const place = { repository: {}, snapshot: first.snapshot!.id, path: join(folder, 'src/a.ts') };
  const bytes = await client.call('readFile', { ...place, maxBytes: 100 });
  expect(Buffer.from(bytes).toString()).toBe('one\n');
  await expect(client.call('readFile', { ...place, maxBytes: 3 })).rejects.toMatchObject({ code: 'refused' });
  const history = await client.call('fileHistory', { repository: {}, path: place.path, folder });
  expect(history.map(({ change, snapshot }) => [change, snapshot.id])).toEqual([
    ['modified', second.snapshot!.id],
    ['added', first.snapshot!.id],
  ]);

  rmSync(join(folder, 'src'), { recursive: true });
  const preview = await client.call('planRestore', {
    repository: {},
    snapshot: first.snapshot!.id,
    source: source(),
    paths: [],
    exact: true,
    gitFolders: false,
  });
  expect(preview.lines.filter(({ isFolder }) => !isFolder).map(({ path, change }) => [path, change])).toEqual([
    [join(folder, 'c.txt'), 'delete'],
    [join(folder, 'b.txt'), 'create'],
    [join(folder, 'src/a.ts'), 'create'],
  ]);
  await client.call('executeRestore', { planId: preview.planId });
  expect(readFileSync(join(folder, 'src/a.ts'), 'utf8')).toBe('one\n');
  await expect(client.call('executeRestore', { planId: preview.planId })).rejects.toMatchObject({ code: 'refused' });
});

test('restic reads what the worker wrote', async () => {
  const { snapshot, createdRepository } = await backup();
  const password = readFileSync(createdRepository!.passwordFile, 'utf8').trim();
  const out = restic(createdRepository!.location, ['ls', snapshot!.id], { password });
  expect(out).toContain(inTree(join(folder, 'src/a.ts')));
});

test('a lock that a dead worker held does not stand against the next one', async () => {
  const workers: Worker[] = [];
  const note = (worker: Worker) => void workers.push(worker);
  process.on('worker', note);
  const { createdRepository } = await backup();
  process.off('worker', note);
  const countLocks = () => readdirSync(join(createdRepository!.location, 'locks')).length;
  expect(countLocks()).toBe(1);
  await workers[0]!.terminate();
  expect(crashes).toHaveLength(1);
  expect(countLocks()).toBe(1);
  await client.call('prune', { repository: {}, dryRun: false });
  expect(countLocks()).toBe(0);
});

describe('a call always ends', () => {
  test('with the error of the engine', () =>
    expect(client.call('repositoryInfo', { repository: {} })).rejects.toMatchObject({ code: 'repository-not-found' }));

  test('when it is cancelled before or meanwhile', async () => {
    for (let file = 0; file < 3000; file++) writeFileSync(join(folder, `file-${file}`), `${file}\n`);
    const controller = new AbortController();
    const call = client.call(
      'backup',
      { repository: {}, source: source(), trigger: 'manual', scan: 'full', programVersion: 'cairn test' },
      { signal: controller.signal },
    );
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    await expect(
      client.call('repositoryInfo', { repository: {} }, { signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(await backup()).toHaveProperty('snapshot');
  });

  test('when the worker is closed, after which the next call starts another', async () => {
    await backup();
    await client.close();
    expect(await client.call('repositoryInfo', { repository: {} })).toMatchObject({ snapshots: 1 });
    expect(crashes).toEqual([]);
  });

  test('when the worker dies, after which the next call starts another', async () => {
    const broken = new EngineClient({
      threadFile: bundle('test/integration/worker/dyingChild.ts'),
      codecFile: '',
      codecThreads: 1,
      onCrash: (cause) => crashes.push(cause),
    });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(broken.call('repositoryInfo', { repository: {} })).rejects.toMatchObject({ code: 'worker-crashed' });
      expect(crashes).toHaveLength(attempt);
    }
  });
});
