import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What may befall a request. `reset`, `500`, `503` (with Retry-After), `refused` and `hang` keep it from the server;
 * `lost`, `truncate`, `slow` and `duplicate` do not: the answer does not come, comes in half, trickles, or is that to the
 * second of two.
 */
export const faultKinds = [
  ...(['reset', '500', '503', 'refused', 'hang'] as const),
  ...(['lost', 'truncate', 'slow', 'duplicate'] as const),
];
export type FaultKind = (typeof faultKinds)[number];

/** From the `at`th request on (from 0): once, or for that and all after it. */
export interface NetworkFault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly forGood: boolean;
}

/**
 * At the `at`th request (from 0): before the server sees it, when it has half of it, when it has done it, or some
 * milliseconds after the answer to it.
 */
export interface NetworkCut {
  readonly at: number;
  readonly when: 'before' | 'during' | 'after' | number;
  /** Ends whoever sent it. */
  readonly act: () => void;
}

/** Those requests in which a name occurs. */
export interface Watch {
  /** Method and path of each so far. */
  readonly requests: readonly string[];
  /** Those of them that a fault befell, with the bytes that they asked for. */
  readonly struck: readonly string[];
}

/** A proxy between clients and a server of HTTP that makes trouble. */
export interface FaultProxy {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  /** What happens from now on to requests with this name in their path; `undefined` to let all through. */
  watch(name: string, trouble?: NetworkFault | NetworkCut): Watch;
  /** Forgets a name: such requests pass. */
  forget(name: string): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Plan {
  readonly trouble: NetworkFault | NetworkCut | undefined;
  readonly requests: string[];
  readonly struck: string[];
}

/** Seconds that a server which is busy names. */
const RETRY_AFTER = '1';
/** A slow answer comes in so many pieces, each so many milliseconds after the one before. */
const PIECES = 8;
const PAUSE = 30;

/**
 * Starts one on a free port.
 * @param server `http://host:port`.
 * @param refusal the status by which it says that somebody may not do that.
 */
export async function startFaultProxy(server: string, refusal = 401): Promise<FaultProxy> {
  const target = new URL(server);
  const agent = new Agent({ keepAlive: true });
  const plans = new Map<string, Plan>();
  const sockets = new Set<Socket>();
  const door = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`;
    const plan = [...plans].find(([name]) => line.includes(name))?.[1];
    const number = plan ? plan.requests.push(line) - 1 : 0;
    const trouble = plan?.trouble;
    const isDue = trouble && ('forGood' in trouble && trouble.forGood ? number >= trouble.at : number === trouble.at);
    const { range } = incoming.headers;
    if (isDue) plan?.struck.push(range === undefined ? line : `${line} ${range}`);
    const way: Way = { incoming, outgoing, target, agent };
    const done = !isDue
      ? pass(way)
      : 'kind' in trouble
        ? trouble.kind === 'refused'
          ? answerAlone(way, refusal)
          : faults[trouble.kind](way)
        : cut(way, trouble);
    done.catch(() => outgoing.destroy());
  });
  door.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  door.requestTimeout = 0;
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    watch: (name, trouble) => {
      const plan: Plan = { trouble, requests: [], struck: [] };
      plans.set(name, plan);
      return plan;
    },
    forget: (name) => void plans.delete(name),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      door.close();
      await once(door, 'close');
    },
  };
}

/** A request on its way. */
interface Way {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: URL;
  readonly agent: Agent;
}

const faults: Readonly<Record<Exclude<FaultKind, 'refused'>, (way: Way) => Promise<void>>> = {
  reset: async ({ incoming }) => void incoming.socket.resetAndDestroy(),
  500: (way) => answerAlone(way, 500),
  503: (way) => answerAlone(way, 503, { 'retry-after': RETRY_AFTER }),
  hang: async ({ incoming }) => void incoming.resume(),
  lost: async (way) => {
    await ask(way, await readAll(way.incoming));
    way.incoming.socket.resetAndDestroy();
  },
  truncate: async (way) => {
    const answer = await ask(way, await readAll(way.incoming));
    const { socket } = way.incoming;
    if (way.incoming.method === 'HEAD' || answer.body.length === 0) socket.end('HTTP/1.1 200 OK\r\ncontent-le');
    else {
      way.outgoing.writeHead(answer.status, { ...passed(answer.headers), 'content-length': answer.body.length });
      way.outgoing.write(answer.body.subarray(0, answer.body.length >> 1), () => socket.destroySoon());
    }
  },
  slow: async (way) => {
    const answer = await ask(way, await readAll(way.incoming, PAUSE));
    way.outgoing.writeHead(answer.status, passed(answer.headers));
    const step = Math.max(1, Math.ceil(answer.body.length / PIECES));
    for (let at = 0; at < answer.body.length; at += step) {
      await sleep(PAUSE);
      way.outgoing.write(answer.body.subarray(at, at + step));
    }
    await sleep(PAUSE);
    way.outgoing.end();
  },
  duplicate: async (way) => {
    const body = await readAll(way.incoming);
    await ask(way, body);
    reply(way, await ask(way, body));
  },
};

async function pass(way: Way): Promise<void> {
  reply(way, await ask(way, await readAll(way.incoming)));
}

async function cut(way: Way, { when, act }: NetworkCut): Promise<void> {
  if (typeof when === 'number') {
    await pass(way);
    await sleep(when);
    return act();
  }
  if (when !== 'before') {
    const body = await readAll(way.incoming);
    await (when === 'after' || body.length < 2 ? ask(way, body) : askHalf(way, body));
  }
  act();
  way.incoming.socket.destroy();
}

/** Answers in place of the server. */
async function answerAlone({ incoming, outgoing }: Way, status: number, headers = {}): Promise<void> {
  await readAll(incoming);
  outgoing.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(`The proxy says ${status}.\n`);
}

function reply({ outgoing }: Way, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, passed(headers)).end(body);
}

/** What the server says. */
async function ask(way: Way, body: Buffer): Promise<Answer> {
  const onward = send(way);
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  return { status: answer.statusCode!, headers: answer.headers, body: await readAll(answer) };
}

/** Sends half a request, and goes. */
async function askHalf(way: Way, body: Buffer): Promise<void> {
  const onward = send({ ...way, agent: new Agent() });
  onward.on('error', () => {});
  await new Promise<void>((done) => onward.write(body.subarray(0, body.length >> 1), () => done()));
  onward.destroy();
}

/** The host is signed, so it stays as it is. */
function send({ incoming: { method, url: path, headers }, target, agent }: Way) {
  return request({ host: target.hostname, port: target.port, method, path, headers: passed(headers), agent });
}

function passed(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const own = ['connection', 'keep-alive', 'transfer-encoding', 'expect'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
}

/** @param pause milliseconds between its pieces. */
async function readAll(stream: IncomingMessage, pause = 0): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    if (pause > 0) await sleep(pause);
  }
  return Buffer.concat(chunks);
}
