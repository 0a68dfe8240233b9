import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cairnOk, ended, startCairn } from '../../helpers/cairn.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';
import { newRepository } from '../../long/stage.ts';
import { startFaultProxy, type FaultProxy } from '../../servers/faultProxy.ts';
import { startRestServer, type RestServer } from '../../servers/restServer.ts';

const root = tempFolder();
const source = join(root, 'source');
let server: RestServer;
let proxy: FaultProxy;
const direct = () => `rest:${server.url}repository/`;

beforeAll(async () => {
  server = await startRestServer(root);
  proxy = await startFaultProxy(server.url);
  mkdirSync(source);
  writeFileSync(join(source, 'a.txt'), 'one\n');
  await newRepository(join(server.data, 'repository'));
  cairnOk(['backup', '-r', direct(), source]);
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

/** Far longer than Ctrl-C takes, and shorter than a storage that does not answer is waited for. Milliseconds. */
const LIMIT = 60_000;

test.each([
  ['tag', 'latest', '--add', 'marked'],
  ['key', 'list'],
  ['repair', 'index'],
  ['repair', 'files'],
  ['unlock', '--remove-all'],
  ['verify', '--read-data'],
])('Ctrl-C ends %s %s when storage stops to answer', async (...args) => {
  const command = [...args, '-r', `rest:${proxy.endpoint}/repository/`];
  const { requests } = proxy.watch('repository');
  expect((await ended(startCairn(command))).status).toBe(0);
  const lockAt = requests.findIndex((request) => /^POST .*\/locks\//.test(request));
  // Where it takes a lock, beyond that.
  const at = lockAt < 0 ? requests.length - 1 : lockAt + 3;
  const { struck } = proxy.watch('repository', { kind: 'hang', at, forGood: true });
  const child = startCairn(command);
  const end = ended(child);
  await expect.poll(() => struck.length, { timeout: LIMIT }).toBeGreaterThan(0);
  await sleep(500);
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  expect((await end).status).toBe(130);
  clearTimeout(timer);
  proxy.watch('repository');
  cairnOk(['unlock', '--remove-all', '-r', direct()]);
});
