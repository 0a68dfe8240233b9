import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, rmSync, watch } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, FileHandle } from '../../src/backend/backend.ts';
import type { CairnError } from '../../src/base/errors.ts';
import { plainAccess, storageAt, type StorageAccess } from '../../src/base/storageAccess.ts';
import { openBare } from '../helpers/openBare.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { startRcloneServer } from '../servers/rcloneServer.ts';
import { serverLogin, startRestServer, type RestServer, type RestServerOptions } from '../servers/restServer.ts';
import { nameOf } from './names.ts';
import { checkBackend } from './suite.ts';

const open = (location: string, access: Partial<StorageAccess> = {}) =>
  openBare(storageAt(location, { ...plainAccess, ...access }));

checkBackend('REST on rest-server', async () => {
  const server = await startRestServer(tempFolder());
  return { backend: open(`rest:${server.url}a/repository`), dispose: () => server.stop() };
});

checkBackend('REST on rest-server with TLS and a login', async () => {
  const server = await startRestServer(tempFolder(), { hasTls: true, hasLogin: true, isPrivate: true });
  const { user, password } = serverLogin;
  const access = {
    tls: { authorities: [server.certificates!.authority] },
    environment: { RESTIC_REST_USERNAME: user, RESTIC_REST_PASSWORD: password },
  };
  return { backend: open(`rest:${server.url}cairn/repository`, access), dispose: () => server.stop() };
});

checkBackend('REST on rclone', async () => {
  const server = await startRcloneServer(tempFolder(), { hasLogin: true });
  const login = `${serverLogin.user}:${encodeURIComponent(serverLogin.password)}@`;
  const location = `rest:${server.url.replace('//', `//${login}`)}a/repository`;
  return { backend: open(location), dispose: () => server.stop() };
});

const pack = (content: string): FileHandle => ({ type: 'pack', name: nameOf(Buffer.from(content)) });
const config: FileHandle = { type: 'config', name: '' };
const save = (backend: Backend, content: string) => backend.save(pack(content), [Buffer.from(content)]);

/** The error of a call, in which there is no password. */
async function failure(call: Promise<unknown>): Promise<CairnError> {
  const error: unknown = await call.then(
    () => expect.unreachable('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 5 })).not.toMatch(/s3cret|c3VjcmV|czNjcmV/);
  return error as CairnError;
}

describe('rest-server', () => {
  const servers: RestServer[] = [];
  const backends: Backend[] = [];
  afterEach(async () => {
    for (const backend of backends.splice(0)) await backend.close();
    for (const server of servers.splice(0)) await server.stop();
  });
  const start = async (options: RestServerOptions = {}) => {
    const server = await startRestServer(tempFolder(), options);
    servers.push(server);
    return server;
  };
  const at = (location: string, access: Partial<StorageAccess> = {}) => {
    const backend = open(location, access);
    backends.push(backend);
    return backend;
  };

  test('wants a login, and says where it is given', async () => {
    const { url } = await start({ hasLogin: true });
    const unknown = await failure(at(`rest:${url}`).create());
    expect(unknown).toMatchObject({ code: 'permission-denied', mayPass: false });
    expect(unknown.message).toContain('wants a user and a password (401)');
    expect(unknown.message).toContain('RESTIC_REST_USERNAME');
    const wrong = await failure(at(`rest:${url.replace('//', '//cairn:s3cret@')}`).list('key'));
    expect(wrong).toMatchObject({ code: 'permission-denied', mayPass: false, details: { isLoginRefused: true } });
    expect(wrong.message).toContain('does not take this user and password');
  });

  test('takes the login of the location before that of the environment', async () => {
    const { url } = await start({ hasLogin: true });
    const { user, password } = serverLogin;
    const environment = { RESTIC_REST_USERNAME: 'other', RESTIC_REST_PASSWORD: 's3cret' };
    const backend = at(`rest:${url.replace('//', `//${user}:${encodeURIComponent(password)}@`)}`, { environment });
    await backend.create();
    expect(backend.location).toBe(`rest:${url.replace('//', '//cairn:***@')}`);
    expect(await openBare(structuredClone(backend.settings)).list('key')).toEqual([]);
  });

  test('keeps the folders of users apart', async () => {
    const { url } = await start({ hasLogin: true, isPrivate: true });
    const environment = { RESTIC_REST_USERNAME: serverLogin.user, RESTIC_REST_PASSWORD: serverLogin.password };
    const error = await failure(at(`rest:${url}other/`, { environment }).create());
    expect(error).toMatchObject({ code: 'permission-denied', mayPass: false });
  });

  test('that appends only stores, removes locks, and keeps all else', async () => {
    const { url } = await start({ isAppendOnly: true });
    const backend = at(`rest:${url}`);
    await backend.create();
    await backend.create();
    await save(backend, 'content');
    await save(backend, 'content');
    const lock: FileHandle = { type: 'lock', name: 'ab'.repeat(32) };
    const sealed = Buffer.from('lock');
    const held: FileHandle = { ...lock, name: nameOf(sealed) };
    await backend.save(held, [sealed]);
    await backend.remove(held);
    await backend.remove(lock);
    expect(await backend.list('lock')).toEqual([]);
    const error = await failure(backend.remove(pack('content')));
    expect(error).toMatchObject({ code: 'permission-denied', mayPass: false });
    expect(error.message).toContain('forbids removal (append-only)');
    expect((await backend.load(pack('content'))).toString()).toBe('content');
  });

  test('with a quota says that there is no room', async () => {
    const { url } = await start({ maxSize: 2_000_000 });
    const backend = at(`rest:${url}`);
    await backend.create();
    const content = Buffer.alloc(3_000_000);
    const error = await failure(backend.save({ type: 'pack', name: nameOf(content) }, [content]));
    expect(error).toMatchObject({ code: 'disk-full', mayPass: false });
    expect(await backend.list('pack')).toEqual([]);
  });

  test('refuses what is damaged on the way, and another try may help', async () => {
    const { url } = await start();
    const backend = at(`rest:${url}`);
    await backend.create();
    const error = await failure(backend.save(pack('content'), [Buffer.from('damaged')]));
    expect(error).toMatchObject({ code: 'storage-error', mayPass: true });
    expect(await backend.list('pack')).toEqual([]);
  });

  test('a config that is there is ours when it has the same content', async () => {
    const { url } = await start();
    const backend = at(`rest:${url}`);
    await backend.create();
    await backend.save(config, [Buffer.from('ours')]);
    await backend.save(config, [Buffer.from('ou'), Buffer.from('rs')]);
    expect(await failure(backend.save(config, [Buffer.from('theirs')]))).toMatchObject({ code: 'repository-exists' });
    expect((await backend.load(config)).toString()).toBe('ours');
  });

  test('large files that are there already are not a lost connection', async () => {
    const { url } = await start();
    const backend = at(`rest:${url}`);
    await backend.create();
    const content = randomBytes(20_000_000);
    const handle: FileHandle = { type: 'pack', name: nameOf(content) };
    for (let round = 0; round < 4; round++) await backend.save(handle, [content]);
    expect(await backend.stat(handle)).toMatchObject({ size: content.length });
  });

  test('a repository that is not there is told from a file that is not there', async () => {
    const { url, data } = await start();
    const backend = at(`rest:${url}repository/`);
    const absent = { code: 'target-unavailable', details: { reason: 'folder-missing' } };
    expect(await failure(backend.stat(config))).toMatchObject({ code: 'file-not-found' });
    expect(await failure(backend.list('snapshot'))).toMatchObject(absent);
    await backend.create();
    expect(await failure(backend.load(pack('content')))).toMatchObject({ code: 'file-not-found' });
    // The drive of the server is unplugged.
    renameSync(join(data, 'repository'), join(data, 'elsewhere'));
    expect(await failure(backend.load(pack('content')))).toMatchObject(absent);
    expect(await failure(backend.stat(pack('content')))).toMatchObject(absent);
    expect(await failure(backend.list('pack'))).toMatchObject(absent);
  });

  test('a folder of the layout that is missing is empty', async () => {
    const { url, data } = await start();
    const backend = at(`rest:${url}repository/`);
    await backend.create();
    await backend.save(config, [Buffer.from('config')]);
    rmSync(join(data, 'repository/locks'), { recursive: true });
    expect(await backend.list('lock')).toEqual([]);
    await backend.remove({ type: 'lock', name: 'ab'.repeat(32) });
  });

  test('an upload that is cancelled leaves nothing', async () => {
    const { url, data } = await start();
    const backend = at(`rest:${url}`);
    await backend.create();
    const content = randomBytes(60_000_000);
    const controller = new AbortController();
    const watcher = watch(join(data, 'data'), { recursive: true }, () => controller.abort());
    const handle: FileHandle = { type: 'pack', name: nameOf(content) };
    const error = await failure(backend.save(handle, [content], { signal: controller.signal }));
    watcher.close();
    expect(error).toMatchObject({ code: 'aborted' });
    expect(await backend.list('pack')).toEqual([]);
    await backend.save(handle, [content]);
    expect(await backend.list('pack')).toHaveLength(1);
  });

  test('that is away is away, not empty', async () => {
    const server = await start();
    const backend = at(`rest:${server.url}`);
    await backend.create();
    await server.stop();
    const away = { code: 'target-unavailable', mayPass: true };
    expect(await failure(backend.stat(config))).toMatchObject(away);
    expect(await failure(backend.list('key'))).toMatchObject(away);
    expect(await failure(backend.remove(pack('content')))).toMatchObject(away);
    expect(await failure(save(backend, 'content'))).toMatchObject(away);
  });
});

describe('other servers', () => {
  let server: Server;
  let answer: RequestListener;
  let backend: Backend;
  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume();
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    backend = open(`rest:http://127.0.0.1:${(server.address() as AddressInfo).port}/a/`);
  });
  afterEach(async () => {
    await backend.close();
    server.closeAllConnections();
    server.close();
  });
  const name = 'ab'.repeat(32);

  test('are asked nothing once they are closed, and what was asked is over', async () => {
    const asked = new Promise<void>((resolve) => (answer = () => resolve()));
    const call = failure(backend.list('key'));
    await asked;
    await backend.close();
    const closed = { code: 'target-unavailable', mayPass: false };
    expect(await call).toMatchObject(closed);
    expect(await failure(backend.list('key'))).toMatchObject(closed);
  });

  test('that list without sizes are asked for each', async () => {
    answer = ({ method, url }, response) => {
      if (url === '/a/keys/') response.end(JSON.stringify([name, 'stray', 'cd'.repeat(32)]));
      else response.writeHead(method === 'HEAD' ? 200 : 500, { 'content-length': 17 }).end();
    };
    const files = await backend.list('key');
    expect(files.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name, size: 17 },
      { name: 'cd'.repeat(32), size: 17 },
    ]);
  });

  test.each(['<html>', '{}', '[{"size":1}]', '[null]'])('that answer a list by %s are refused', async (text) => {
    answer = (_, response) => response.end(text);
    expect(await failure(backend.list('key'))).toMatchObject({ code: 'storage-error', mayPass: false });
  });

  test('that know no ranges are refused', async () => {
    answer = (_, response) => response.end('0123');
    expect(await failure(backend.load({ type: 'pack', name }, { offset: 0, length: 4 }))).toMatchObject({
      code: 'storage-error',
    });
  });

  test.each<[number, string, boolean]>([
    [400, 'storage-error', false],
    [408, 'target-unavailable', true],
    [413, 'storage-error', false],
    [429, 'target-unavailable', true],
    [500, 'storage-error', true],
    [501, 'storage-error', false],
    [502, 'target-unavailable', true],
    [503, 'target-unavailable', true],
    [507, 'disk-full', false],
  ])('that answer %i: %s', async (status, code, mayPass) => {
    answer = (_, response) => response.writeHead(status, { 'retry-after': '7' }).end('more about it');
    const error = await failure(backend.load({ type: 'pack', name }));
    expect(error).toMatchObject({ code, mayPass });
    expect(error.details?.['retryAfterMs']).toBe(mayPass ? 7000 : undefined);
    expect(error.message).toContain(`data/ab/${name}`);
  });

  test('that ask to wait until a time', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    answer = (_, response) => response.writeHead(503, { 'retry-after': inAnHour }).end();
    const error = await failure(backend.list('key'));
    expect(error.details?.['retryAfterMs']).toBeGreaterThan(3_000_000);
    expect(error.details?.['retryAfterMs']).toBeLessThan(3_700_000);
  });

  test('that cut an upload off have it if they say so', async () => {
    let length = 0;
    answer = ({ method, socket }, response) => {
      if (method === 'POST') socket.resetAndDestroy();
      else response.writeHead(200, { 'content-length': length }).end();
    };
    expect(await failure(save(backend, 'content'))).toMatchObject({ code: 'target-unavailable', mayPass: true });
    length = 'content'.length;
    await save(backend, 'content');
  });

  test.each([
    ['that cannot list', 503, '', { code: 'target-unavailable', mayPass: true }],
    ['that list what is no list', 200, '<html>', { code: 'storage-error' }],
  ])('%s do not know whether a file is there', async (_, status, body, expected) => {
    answer = ({ url }, response) => response.writeHead(url === '/a/keys/' ? status : 404).end(body);
    const handle: FileHandle = { type: 'pack', name };
    expect(await failure(backend.load(handle))).toMatchObject(expected);
    expect(await failure(backend.stat(handle))).toMatchObject(expected);
    expect(await failure(backend.remove(handle))).toMatchObject(expected);
  });

  test.each([
    ['comes back', 200, [{ name, size: 3 }]],
    ['is missing', 404, []],
  ])('whose folder %s after it was not there are asked again', async (_, status, expected) => {
    let isBack = false;
    answer = ({ method }, response) => {
      if (method === 'HEAD') {
        isBack = true;
        response.writeHead(200, { 'content-length': 5 }).end();
      } else response.writeHead(isBack ? status : 404).end(JSON.stringify([{ name, size: 3 }]));
    };
    expect(await backend.list('snapshot')).toEqual(expected);
  });

  // What rclone does when the storage behind it is away.
  test('of which rclone could not look', async () => {
    const away = { code: 'target-unavailable', mayPass: true };
    answer = (_, response) => response.writeHead(404, { server: 'rclone/v1.60.1' }).end('Not Found');
    expect(await failure(backend.stat(config))).toMatchObject(away);
    expect(await failure(backend.load({ type: 'pack', name }))).toMatchObject(away);
    expect(await failure(backend.remove({ type: 'pack', name }))).toMatchObject(away);
    expect(await failure(backend.list('snapshot'))).toMatchObject(away);
    expect(await failure(backend.save(config, [Buffer.from('config')]))).toMatchObject(away);
    // It lists what it has just said not to find.
    answer = ({ url }, response) => {
      response.setHeader('server', 'rclone/v1.60.1');
      if (url === '/a/data/') response.end(JSON.stringify([{ name, size: 3 }]));
      else response.writeHead(404).end('Not Found');
    };
    expect(await failure(backend.load({ type: 'pack', name }))).toMatchObject(away);
    expect(await failure(backend.remove({ type: 'pack', name }))).toMatchObject(away);
    expect(await failure(backend.load({ type: 'pack', name: 'cd'.repeat(32) }))).toMatchObject({
      code: 'file-not-found',
    });
  });
});
