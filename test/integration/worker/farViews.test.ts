/** Who looks at snapshots hears soon that the storage does not answer, though the engine goes on trying to save. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { RepositoryRef } from '../../../src/worker/engineProtocol/refs.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { startRestServer, type RestServer } from '../../servers/restServer.ts';

let folder: string;
let client: EngineClient;
let server: RestServer;
let repository: RepositoryRef;

beforeEach(async () => {
  const home = tempFolder();
  useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  mkdirSync(folder);
  client = newEngineClient();
  server = await startRestServer(join(home, 'server'));
  repository = { location: `rest:${server.url}far/`, password: { from: 'text', text: 'secret' } };
});

afterEach(async () => {
  process.kill(server.pid, 'SIGCONT');
  await client.close();
  await server.stop();
});

function backUp(content: string) {
  writeFileSync(join(folder, 'notes.txt'), content);
  const request = { repository, source: sourceOf(folder), trigger: 'save', scan: 'full' } as const;
  return client.call('backup', { ...request, programVersion: 'cairn test' });
}

const look = () => client.call('listSnapshots', { repository, folder, limit: 10 });
const isAway = { code: 'target-unavailable' };

test('a view is not kept waiting by storage that has stopped to answer, nor by a backup that waits for it', async () => {
  await client.call('createRepository', { repository });
  await backUp('one');
  expect((await look()).total).toBe(1);

  process.kill(server.pid, 'SIGSTOP');
  const begun = performance.now();
  await expect(look()).rejects.toMatchObject(isAway);
  const saved = backUp('two');
  await expect(look()).rejects.toMatchObject(isAway);
  // Without this, a single one would take five minutes.
  expect(performance.now() - begun).toBeLessThan(120_000);

  process.kill(server.pid, 'SIGCONT');
  await saved;
  expect((await look()).total).toBe(2);
});
