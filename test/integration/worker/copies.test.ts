import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { RepositoryRef } from '../../../src/worker/engineProtocol/refs.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { restic, TEST_PASSWORD } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { startGate, type Gate } from '../../servers/gate.ts';
import { startRestServer, type RestServer } from '../../servers/restServer.ts';

let data: string;
let folder: string;
let client: EngineClient;
/** In the editor, copies have a thread of their own, too. */
let copier: EngineClient;
let server: RestServer;
let gate: Gate;
let replica: RepositoryRef;

beforeEach(async () => {
  const home = tempFolder();
  data = useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(folder);
  client = newEngineClient();
  copier = newEngineClient();
  server = await startRestServer(join(home, 'server'));
  gate = await startGate(server.url);
  replica = { location: `rest:${gate.endpoint}/replica/`, password: { from: 'default' } };
});

afterEach(async () => {
  await Promise.all([client.close(), copier.close()]);
  gate.close();
  await server.stop();
});

const source: RepositoryRef = {};

async function backUp(trigger: 'manual' | 'save' = 'manual'): Promise<string> {
  writeFileSync(join(folder, 'notes.txt'), randomBytes(30_000).toString('hex'));
  const { snapshot } = await client.call('backup', {
    repository: source,
    source: sourceOf(folder),
    trigger,
    scan: 'full',
    programVersion: 'cairn test',
  });
  return snapshot!.id;
}

const follow = (options: { signal?: AbortSignal } = {}) => copier.call('replicate', { source, replica }, options);
const compare = (readData = true) => copier.call('compareReplica', { source, replica, readData });
const storesPack = ({ method, url }: IncomingMessage) => method === 'POST' && /\/data\/[0-9a-f]{64}$/.test(url ?? '');
const password = () => readFileSync(join(data, 'password'), 'utf8').trim();
const list = (repository: string) =>
  (JSON.parse(restic(repository, ['snapshots', '--json'], { password: password() })) as { id: string }[]).map(
    ({ id }) => id,
  );
const replicaFolder = () => join(server.data, 'replica');

test('a replica follows its source, and says how far it is', async () => {
  const first = await backUp();
  const { rows } = await client.call('listSnapshots', { repository: source, limit: 1 });
  expect(await copier.call('replicate', { source, replica, dryRun: true })).toMatchObject({ created: true });
  const report = await follow();
  expect(report).toMatchObject({ state: 'done', created: true, snapshots: 1, newest: rows[0]!.time, problems: [] });
  const { newest } = report as { newest: string };
  expect(await client.call('snapshotsAfter', { repository: source, after: newest })).toEqual({ count: 0 });

  const second = await backUp('save');
  const lack = await client.call('snapshotsAfter', { repository: source, after: newest });
  expect(lack).toMatchObject({ count: 1, oldest: lack.newest });
  expect((await compare(false)).differences).toContainEqual(expect.stringMatching(/^The snapshot .* is not in/));
  expect(await follow()).toMatchObject({ created: false, snapshots: 2, newest: lack.newest });
  expect(await compare()).toMatchObject({ differences: [], waiting: 0 });
  expect(list(replicaFolder())).toEqual([first, second]);
  restic(replicaFolder(), ['check', '--read-data'], { password: password() });
  // The same password opens it.
  expect(await client.call('listSnapshots', { repository: replica, limit: 5 })).toMatchObject({ total: 2 });
});

test('a save does not wait for a replication that stands still, and a prune says who is at it', async () => {
  await backUp();
  let during: string | undefined;
  let isPruned: unknown;
  gate.before(1, storesPack, async () => {
    during = await backUp('save');
    isPruned = await client.call('prune', { repository: source, dryRun: false }).catch((error: unknown) => error);
  });
  await follow();
  expect(gate.wasReached()).toBe(true);
  expect(list(join(data, 'repository'))).toContain(during);
  expect(isPruned).toMatchObject({ code: 'locked' });
  expect(list(replicaFolder())).not.toContain(during);
  await follow();
  expect(list(replicaFolder())).toContain(during);
});

test('what was cancelled leaves no lock, and goes on where it was', async () => {
  await backUp();
  // It keeps its lock for a while.
  await client.close();
  const controller = new AbortController();
  gate.before(1, storesPack, async () => controller.abort());
  await expect(follow({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  for (const place of [join(data, 'repository'), replicaFolder()])
    expect(readdirSync(join(place, 'locks'))).toEqual([]);
  expect(await follow()).toMatchObject({ state: 'done', problems: [] });
  expect(await compare()).toMatchObject({ differences: [] });
});

test('two windows do not copy to one replica at once', async () => {
  await backUp();
  let other: unknown;
  gate.before(1, storesPack, async () => {
    other = await client.call('replicate', { source, replica });
  });
  expect(await follow()).toMatchObject({ state: 'done' });
  expect(other).toEqual({ state: 'elsewhere' });
});

test('a server that is away is said to be, and no lock stays', async () => {
  await backUp();
  await follow();
  await backUp();
  await client.close();
  await server.stop();
  gate.close();
  await expect(follow()).rejects.toMatchObject({ code: 'target-unavailable' });
  expect(readdirSync(join(data, 'repository/locks'))).toEqual([]);
});

test('a place with another repository is refused, and what is damaged is named', async () => {
  await backUp();
  restic(replicaFolder(), ['init', '-q']);
  await expect(copier.call('replicate', { source, replica, dryRun: true })).rejects.toMatchObject({ code: 'refused' });
  rmSync(replicaFolder(), { recursive: true });
  const [pack] = readdirSync(join(data, 'repository/data'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /[0-9a-f]{64}$/.test(name),
  );
  rmSync(join(data, 'repository/data', pack!));
  const report = await follow();
  expect(report).toMatchObject({ state: 'done' });
  expect((report as { problems: readonly string[] }).problems.join('\n')).toContain('neither there nor in the replica');
});

test('snapshots are copied into another repository once, and into no replica', async () => {
  const id = await backUp();
  const disk = join(tempFolder(), 'disk');
  restic(disk, ['init', '-q']);
  const to: RepositoryRef = { location: disk, password: { from: 'text', text: TEST_PASSWORD } };
  const copy = (where: RepositoryRef) => copier.call('copySnapshots', { from: source, to: where, ids: [id] });
  expect((await copy(to)).snapshots).toEqual([{ id, outcome: 'copied' }]);
  expect(await copy(to)).toEqual({ snapshots: [{ id, outcome: 'there' }], bytesWritten: 0 });
  restic(disk, ['check', '--read-data']);
  const [stored] = JSON.parse(restic(disk, ['snapshots', '--json'])) as { original: string }[];
  expect(stored).toMatchObject({ original: id });
  await follow();
  await expect(copy(replica)).rejects.toMatchObject({ code: 'refused' });
});
