import * as http from 'node:http';
import * as https from 'node:https';
import { HttpsProxyAgent } from 'hpagent';
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError, isCairnError } from '../../base/errors.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { receiveBody } from './answerBody.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from './httpClient.ts';
import { connectionClosed, connectionError, isCutOff, proxyError, redirected } from './httpErrors.ts';
import { findProxy } from './proxy.ts';
import { tlsOptions } from './tls.ts';

/** For the look-up of the name, the connection and TLS. Milliseconds. */
const CONNECT_TIMEOUT = { work: 30_000, awaited: 10_000 };

/** Idle connections that are kept. */
const MAX_FREE_SOCKETS = 16;

/** What is the same for all requests to one server. */
interface Way {
  readonly request: typeof http.request;
  /** Host, port and agent. */
  readonly options: http.RequestOptions;
  readonly agent: http.Agent;
  /** In front of each path: a proxy is told the whole address. */
  readonly prefix: string;
}

/**
 * HTTP/1.1 to one server over connections that are kept open.
 * @param origin `https://host` or `http://host:port`.
 */
export function createHttpClient(origin: string, access: StorageAccess): HttpClient {
  const server = new URL(origin);
  const way = findWay(server, access);
  const timeout = access.isAwaited ? CONNECT_TIMEOUT.awaited : CONNECT_TIMEOUT.work;
  let isClosed = false;
  return {
    send: async (wanted) => {
      const request = named(wanted, access);
      for (;;) {
        throwIfAborted(request.signal);
        if (isClosed) throw connectionClosed(server.origin);
        const answer = await sendOnce(way, server.origin, request, timeout).catch((error: unknown) => {
          throw isClosed && isCairnError(error) && error.mayPass ? connectionClosed(server.origin) : error;
        });
        // The server had closed a connection that was kept from before: no try of this request yet.
        if (answer !== 'stale') return answer;
      }
    },
    close: async () => {
      isClosed = true;
      way.agent.destroy();
    },
  };
}

function named(request: HttpRequest, { userAgent }: StorageAccess): HttpRequest {
  return userAgent === undefined ? request : { ...request, headers: { ...request.headers, 'user-agent': userAgent } };
}

function findWay(server: URL, access: StorageAccess): Way {
  const proxy = findProxy(server, access);
  // Node gives up each address after a quarter of a second, which far servers need for an answer.
  const tuning = {
    keepAlive: true,
    maxFreeSockets: MAX_FREE_SOCKETS,
    autoSelectFamilyAttemptTimeout: 2_500,
    // The newest connection is the least likely to have been closed by the server.
    scheduling: 'lifo',
  } as const;
  if (server.protocol === 'https:') {
    const secure = { ...tuning, ...tlsOptions(access.tls) };
    const agent = proxy ? new HttpsProxyAgent(proxyOptions(proxy, secure)) : new https.Agent(secure);
    return { request: https.request, options: { ...endOf(server), agent }, agent, prefix: '' };
  }
  if (!proxy) {
    const agent = new http.Agent(tuning);
    return { request: http.request, options: { ...endOf(server), agent }, agent, prefix: '' };
  }
  const isSecure = proxy.protocol === 'https:';
  const agent = isSecure ? new https.Agent({ ...tuning, ...tlsOptions(access.tls) }) : new http.Agent(tuning);
  const login = loginOf(proxy);
  return {
    request: isSecure ? https.request : http.request,
    options: {
      ...endOf(proxy),
      agent,
      headers: { host: server.host, ...(login !== undefined && { 'proxy-authorization': login }) },
    },
    agent,
    prefix: server.origin,
  };
}

function endOf({ hostname, port }: URL): http.RequestOptions {
  return { hostname: hostname.replace(/^\[|\]$/g, ''), ...(port !== '' && { port }) };
}

/** hpagent would look up the address of IPv6 with its brackets. */
function proxyOptions<T extends https.AgentOptions>(proxy: URL, secure: T) {
  const { protocol, username, password } = proxy;
  const { secureContext, rejectUnauthorized = true } = secure;
  return {
    ...secure,
    proxy: { protocol, username, password, ...endOf(proxy) } as URL,
    proxyRequestOptions: { secureContext, rejectUnauthorized },
  };
}

function loginOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

function sendOnce(way: Way, server: string, wanted: HttpRequest, timeout: number): Promise<HttpAnswer | 'stale'> {
  return new Promise((resolve, reject) => {
    const request = way.request({
      ...way.options,
      method: wanted.method,
      path: way.prefix + wanted.path,
      headers: { ...way.options.headers, ...lengthOf(wanted), ...wanted.headers },
    });
    const { signal } = wanted;
    let isOver = false;
    let isAnswered = false;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      stopWatch();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const fail = (error: unknown): void => {
      end(() => reject(error instanceof CairnError ? error : connectionError(error, server)));
      request.destroy();
    };
    const abort = (): void => fail(new CairnError('aborted', 'The operation was cancelled.'));
    const stopWatch = watchConnecting(request, timeout, fail);
    signal?.addEventListener('abort', abort);
    request.on('error', (error) => {
      if (request.reusedSocket && isCutOff(error) && !isAnswered) end(() => resolve('stale'));
      else fail(error);
    });
    request.on('response', (response) => {
      isAnswered = true;
      stopWatch();
      const take = (answer: HttpAnswer): void => {
        end(() => resolve(answer));
        // What is left of a body that the server did not want.
        if (!request.writableFinished || !response.complete) request.destroy();
      };
      receive(response, { ...wanted, server }, take, fail);
    });
    for (const part of wanted.body ?? []) if (part.length > 0) request.write(part);
    request.end();
  });
}

function lengthOf({ body }: HttpRequest): http.OutgoingHttpHeaders {
  return body ? { 'content-length': body.reduce((sum, part) => sum + part.length, 0) } : {};
}

/** Gives up a connection that is not made in time. */
function watchConnecting(request: http.ClientRequest, timeout: number, fail: (error: Error) => void): () => void {
  const timer = setTimeout(() => fail(Object.assign(new Error('connect timeout'), { code: 'ETIMEDOUT' })), timeout);
  const stop = (): void => clearTimeout(timer);
  request.on('socket', (socket) => {
    if (request.reusedSocket) stop();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stop);
  });
  // Once the first bytes are out there is a connection, however it came to be.
  request.once('finish', stop);
  return stop;
}

/** Tells the whole answer, or what the connection or the rules for an answer say. */
function receive(
  response: http.IncomingMessage,
  wanted: HttpRequest & { readonly server: string },
  take: (answer: HttpAnswer) => void,
  fail: (error: unknown) => void,
): void {
  const { statusCode: status = 0, headers } = response;
  const { server } = wanted;
  if (status === 407) return fail(proxyError(status, server));
  if (status > 300 && status < 400 && headers.location !== undefined)
    return fail(redirected(status, headers.location, server));
  const cutOff = (): void => fail(Object.assign(new Error('cut off'), { code: 'ECONNRESET' }));
  response.on('error', fail);
  receiveBody(response, { status, headers }, wanted, { take, fail, cutOff }, () => response.complete);
}
