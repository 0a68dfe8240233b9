import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storageAt } from '../../src/base/storageAccess.ts';
import { checkReplicaAt } from '../../src/engine/replicate/checkReplica.ts';
import { replicateTo } from '../../src/engine/replicate/replicate.ts';
import { createStage } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const server = createServer((_, answer) => answer.writeHead(503).end());
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  ['a replication', replicateTo],
  ['its check', checkReplicaAt],
])('%s tells that the storage of the replica is in trouble', async (_, run) => {
  const { repository } = await createStage({ a: 'a' });
  const place = storageAt(`rest:http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const person = new AbortController();
  const heard: string[] = [];
  const onTrouble = ({ message }: { message: string }) => {
    heard.push(message);
    person.abort();
  };
  const running = run(repository, place, { recordFolder: tempFolder(), signal: person.signal, onTrouble });
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
  expect(heard[0]).toContain('cannot take it now (503)');
});
