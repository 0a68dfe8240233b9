import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { plainAccess, type StorageAccess } from '../../../../src/base/storageAccess.ts';
import type { HttpClient, HttpRequest } from '../../../../src/backend/http/httpClient.ts';
import { createHttpClient } from '../../../../src/backend/http/nodeHttpClient.ts';
import { makeCertificates, type TestCertificates } from '../../../servers/certificates.ts';
import { startProxy } from '../../../servers/proxy.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen<S extends Server>(server: S): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

function clientFor(origin: string, access: Partial<StorageAccess> = {}): HttpClient {
  const client = createHttpClient(origin, { ...plainAccess, ...access });
  cleanUps.push(() => client.close());
  return client;
}

/** A client of a server that answers so. */
async function serve(answer: http.RequestListener, access?: Partial<StorageAccess>) {
  const server = http.createServer(answer);
  const port = await listen(server);
  return { client: clientFor(`http://127.0.0.1:${port}`, access), server, port };
}

const get = (path: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path,
  maxLength: 1000,
  ...more,
});

/** The error of a request; what anyone may see of it holds no secret. */
async function failure(sent: Promise<unknown>) {
  const error: unknown = await sent.then(
    () => expect.unreachable('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'CairnError' });
  const { message, details } = error as Error & { details: unknown };
  expect(message + JSON.stringify(details)).not.toMatch(/s3cret|query/);
  return error;
}

describe('a request', () => {
  test('carries method, path, headers and body, and the answer comes whole', async () => {
    const { client } = await serve((request, answer) => {
      const { method, url, headers } = request;
      const seen = [method, url, headers['x-own'], headers['content-length']].join(' ');
      const hash = createHash('sha256');
      request.on('data', (chunk: Buffer) => hash.update(chunk));
      request.on('end', () => answer.writeHead(418, { 'x-seen': seen }).end(hash.digest()));
    });
    const parts = [randomBytes(100_000), Buffer.alloc(0), randomBytes(1), randomBytes(3_000_000)];
    const answer = await client.send({
      method: 'POST',
      path: '/a%20b?query=1',
      headers: { 'x-own': 'yes' },
      body: parts,
      maxLength: 1000,
    });
    expect(answer.status).toBe(418);
    expect(answer.headers['x-seen']).toBe('POST /a%20b?query=1 yes 3100001');
    expect(answer.body).toEqual(createHash('sha256').update(Buffer.concat(parts)).digest());
  });

  test('with an empty body says that it has one, without a body nothing', async () => {
    const { client } = await serve((request, answer) => answer.end(String(request.headers['content-length'])));
    const send = async (more: Partial<HttpRequest>) => (await client.send({ ...get('/'), ...more })).body.toString();
    expect(await send({ method: 'POST', body: [] })).toBe('0');
    expect(await send({})).toBe('undefined');
    expect(await send({ method: 'DELETE' })).toBe('undefined');
  });

  test('of HEAD gets the headers', async () => {
    const { client } = await serve((_, answer) => answer.writeHead(200, { 'content-length': 123_456 }).end());
    const answer = await client.send(get('/', { method: 'HEAD', maxLength: 0 }));
    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '123456', 0]);
  });

  test.each(['with a length', 'in chunks'])('the body owns its memory: %s', async (kind) => {
    const content = randomBytes(500);
    const { client } = await serve((_, answer) => {
      if (kind === 'with a length') answer.setHeader('content-length', content.length);
      answer.write(content.subarray(0, 200));
      answer.end(content.subarray(200));
    });
    const { body } = await client.send(get('/'));
    expect(body).toEqual(content);
    expect(body.byteLength).toBe(body.buffer.byteLength);
  });

  test('the room that is lent is used if the body fits', async () => {
    const { client } = await serve((_, answer) => answer.end('content'));
    const room = Buffer.alloc(10);
    const { body } = await client.send(get('/', { room }));
    expect(body.toString()).toBe('content');
    expect(body.buffer).toBe(room.buffer);
    expect((await client.send(get('/', { room: Buffer.alloc(6) }))).body.toString()).toBe('content');
  });

  test.each(['with a length', 'in chunks'])('a body that is too long is not read: %s', async (kind) => {
    const { client } = await serve((_, answer) => {
      if (kind === 'with a length') answer.setHeader('content-length', 1001);
      answer.write(Buffer.alloc(500));
      answer.end(Buffer.alloc(501));
    });
    expect(await failure(client.send(get('/name?query=1')))).toMatchObject({
      code: 'repository-damaged',
      message: expect.stringContaining('GET /name') as string,
      mayPass: false,
    });
  });

  test('what a refusal says may be longer, and only its begin is read', async () => {
    const { client } = await serve((_, answer) => answer.writeHead(404).end(Buffer.alloc(10_000_000, 'x')));
    const answer = await client.send(get('/', { maxLength: 0 }));
    expect(answer.status).toBe(404);
    expect(answer.body.length).toBeGreaterThan(0);
    expect(answer.body.length).toBeLessThan(200_000);
  });

  test('an answer before the end of the upload counts', async () => {
    const { client } = await serve((_, answer) => {
      answer.writeHead(403, { connection: 'close' }).end('no');
    });
    const body = Array.from({ length: 64 }, () => Buffer.alloc(1024 * 1024));
    const answer = await client.send({ method: 'POST', path: '/', body, maxLength: 10 });
    expect([answer.status, answer.body.toString()]).toEqual([403, 'no']);
  });

  test('a redirect is told and not followed', async () => {
    let count = 0;
    const { client } = await serve((_, answer) => {
      count++;
      answer.writeHead(307, { location: 'https://me:s3cret@other.example/there?query=1' }).end();
    });
    expect(await failure(client.send(get('/')))).toMatchObject({
      code: 'storage-error',
      message: expect.stringContaining('https://other.example/there') as string,
      mayPass: false,
    });
    expect(count).toBe(1);
  });
});

describe('connections', () => {
  test('are kept and used again', async () => {
    const { client, server } = await serve((_, answer) => answer.end('x'));
    let count = 0;
    server.on('connection', () => count++);
    for (let i = 0; i < 5; i++) await client.send(get('/'));
    expect(count).toBe(1);
  });

  test('are several at a time', async () => {
    const waiting: http.ServerResponse[] = [];
    const { client } = await serve((_, answer) => {
      waiting.push(answer);
      if (waiting.length === 8) for (const each of waiting) each.end('x');
    });
    expect(await Promise.all(Array.from({ length: 8 }, () => client.send(get('/'))))).toHaveLength(8);
  });

  test('that the server has closed meanwhile are no failure', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      let count = 0;
      // Each connection serves one request, and is cut off by the second.
      socket.on('data', () => {
        if (count++ > 0) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx');
      });
    });
    const client = clientFor(`http://127.0.0.1:${await listen(server)}`);
    for (let i = 0; i < 3; i++) expect((await client.send(get('/'))).body.toString()).toBe('x');
    expect(sockets).toHaveLength(3);
  });

  test('that are cut off in the middle of an answer are an error that may pass', async () => {
    for (const head of ['content-length: 100', 'transfer-encoding: chunked']) {
      const server = createServer((socket) => {
        socket.on('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n5\r\nhello\r\n`));
      });
      const client = clientFor(`http://127.0.0.1:${await listen(server)}`);
      expect(await failure(client.send(get('/')))).toMatchObject({
        code: 'target-unavailable',
        mayPass: true,
      });
    }
  });

  test('that are reset before an answer are one, too', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.resetAndDestroy()));
    const client = clientFor(`http://127.0.0.1:${await listen(server)}`);
    expect(await failure(client.send(get('/')))).toMatchObject({ code: 'target-unavailable', mayPass: true });
  });

  test('that nobody answers name the server', async () => {
    const server = createServer();
    const port = await listen(server);
    await cleanUps.pop()!();
    const client = clientFor(`http://127.0.0.1:${port}`);
    expect(await failure(client.send(get('/?query=1')))).toMatchObject({
      code: 'target-unavailable',
      mayPass: true,
      message: expect.stringContaining(`http://127.0.0.1:${port} `) as string,
    });
  });

  test('to names that do not exist', async () => {
    const client = clientFor('http://no-such-host.invalid');
    expect(await failure(client.send(get('/')))).toMatchObject({ code: 'target-unavailable', mayPass: true });
  });

  test('to what does not speak HTTP', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const client = clientFor(`http://127.0.0.1:${await listen(server)}`);
    expect(await failure(client.send(get('/')))).toMatchObject({ code: 'target-unavailable', mayPass: false });
  });
});

describe('a signal', () => {
  test('that has fired sends nothing', async () => {
    let count = 0;
    const { client } = await serve((_, answer) => {
      count++;
      answer.end();
    });
    const signal = AbortSignal.abort();
    expect(await failure(client.send(get('/', { signal })))).toMatchObject({ code: 'aborted' });
    expect(count).toBe(0);
  });

  test('ends a request that waits for the answer, and one in the middle of its body', async () => {
    for (const path of ['/silent', '/begun']) {
      let closed: Promise<unknown> | undefined;
      const controller = new AbortController();
      const { client } = await serve((request, answer) => {
        closed = new Promise((resolve) => request.socket.on('close', resolve));
        if (path === '/begun') answer.writeHead(200, { 'content-length': 100 }).write('begun');
        void turn().then(() => controller.abort());
      });
      const { signal } = controller;
      expect(await failure(client.send(get(path, { signal })))).toMatchObject({ code: 'aborted' });
      await closed;
    }
  });
});

describe('TLS', () => {
  let folder: string;
  let made: TestCertificates;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-tls-'));
    made = makeCertificates(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const serveTls = async (more: https.ServerOptions = {}, host = '127.0.0.1') => {
    const options = { key: made.key, cert: made.certificate, ...more };
    const port = await listen(https.createServer(options, (_, answer) => answer.end('secure')));
    return `https://${host}:${port}`;
  };

  test('a certificate of an unknown authority is refused, with what to do', async () => {
    const client = clientFor(await serveTls());
    expect(await failure(client.send(get('/')))).toMatchObject({
      code: 'target-unavailable',
      mayPass: false,
      message: expect.stringContaining('--cacert') as string,
    });
  });

  test('the authority can be named', async () => {
    const client = clientFor(await serveTls(), { tls: { authorities: [made.authority] } });
    expect((await client.send(get('/'))).body.toString()).toBe('secure');
    expect((await client.send(get('/'))).body.toString()).toBe('secure');
  });

  test('any certificate can be believed', async () => {
    const client = clientFor(await serveTls(), { tls: { isUnchecked: true } });
    expect((await client.send(get('/'))).body.toString()).toBe('secure');
  });

  test('a certificate for another name is refused', async () => {
    const inner = mkdtempSync(join(folder, 'other-'));
    const other = makeCertificates(inner, 'DNS:other.example');
    const origin = await serveTls({ key: other.key, cert: other.certificate });
    const client = clientFor(origin, { tls: { authorities: [other.authority] } });
    expect(await failure(client.send(get('/')))).toMatchObject({
      code: 'target-unavailable',
      mayPass: false,
      message: expect.stringContaining('another name') as string,
    });
  });

  test('we show a certificate of our own where one is wanted', async () => {
    const options = { ca: made.authority, requestCert: true, rejectUnauthorized: true };
    const origin = await serveTls(options);
    const authorities = [made.authority];
    const known = clientFor(origin, { tls: { authorities, client: made.client } });
    expect((await known.send(get('/'))).body.toString()).toBe('secure');
    const unknown = clientFor(origin, { tls: { authorities } });
    expect(await failure(unknown.send(get('/')))).toMatchObject({
      code: 'permission-denied',
      mayPass: false,
      message: expect.stringContaining('--tls-client-cert') as string,
    });
  });

  test('what is no certificate is a mistake of the user', async () => {
    const broken = { client: made.certificate };
    expect(() => createHttpClient('https://a.example', { ...plainAccess, tls: broken })).toThrow('--tls-client-cert');
  });

  test('a server without TLS is told apart', async () => {
    const port = await listen(http.createServer());
    const client = clientFor(`https://127.0.0.1:${port}`);
    expect(await failure(client.send(get('/')))).toMatchObject({ code: 'target-unavailable', mayPass: false });
  });

  test('goes through a proxy, which sees nothing but the name', async () => {
    const origin = await serveTls({}, 'localhost');
    const proxy = await startProxy('me:s3cret pass');
    cleanUps.push(() => proxy.close());
    const tls = { authorities: [made.authority] };
    const client = clientFor(origin, { tls, proxy: `http://me:s3cret%20pass@127.0.0.1:${proxy.port}` });
    for (let i = 0; i < 3; i++) expect((await client.send(get('/a?query=1'))).body.toString()).toBe('secure');
    expect(proxy.requests).toEqual([`CONNECT ${new URL(origin).host}`]);
    const stranger = clientFor(origin, { tls, proxy: `http://me:s3cret@127.0.0.1:${proxy.port}` });
    expect(await failure(stranger.send(get('/')))).toMatchObject({ code: 'permission-denied', mayPass: false });
  });

  test('the proxy may be that of the environment', async () => {
    const inner = mkdtempSync(join(folder, 'far-'));
    const far = makeCertificates(inner, 'DNS:far.example');
    const origin = await serveTls({ key: far.key, cert: far.certificate }, 'far.example');
    const proxy = await startProxy();
    cleanUps.push(() => proxy.close());
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const client = clientFor(origin, { environment, tls: { authorities: [far.authority] } });
    expect((await client.send(get('/'))).body.toString()).toBe('secure');
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('a proxy for http', () => {
  test('is given the whole address', async () => {
    const proxy = await startProxy('me:s3cret');
    cleanUps.push(() => proxy.close());
    const { port } = await serve((request, answer) => answer.end(`${request.headers.host} ${request.url}`));
    const environment = { HTTP_PROXY: `http://me:s3cret@127.0.0.1:${proxy.port}` };
    const client = clientFor(`http://far.example:${port}`, { environment });
    expect((await client.send(get('/a?b'))).body.toString()).toBe(`far.example:${port} /a?b`);
    expect(proxy.requests).toEqual([`GET http://far.example:${port}/a?b`]);
    const stranger = clientFor(`http://far.example:${port}`, { proxy: `http://127.0.0.1:${proxy.port}` });
    expect(await failure(stranger.send(get('/')))).toMatchObject({ code: 'permission-denied', mayPass: false });
  });

  test('that is not there', async () => {
    const proxy = await startProxy();
    await proxy.close();
    const client = clientFor('http://far.example', { proxy: `http://me:s3cret@127.0.0.1:${proxy.port}` });
    expect(await failure(client.send(get('/')))).toMatchObject({ code: 'target-unavailable', mayPass: true });
  });
});
