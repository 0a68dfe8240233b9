import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { newPrivateSocket, privateSockets, removePrivateSocket, type PrivateSocket } from '../../engine/index.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { parseRequest, toLine, type EngineAnswer, type EngineRequest } from './engineWire.ts';
import { readLines } from './readLines.ts';

/** Work that was accepted; declining is to return nothing. */
export type Accepted = () => Promise<EngineAnswer>;

export interface EngineServerOptions {
  /** The user's data folder: who has the same one finds this engine. */
  readonly dataFolder: DiskPath;
  /** Requests of another program, or of another version of this one, are declined. */
  readonly program: string;
  /** Says what is done for a request, or nothing if that is for others. */
  readonly accept: (request: EngineRequest) => Promise<Accepted | undefined>;
}

/** So long somebody may take to say what is wanted. Milliseconds. */
const REQUEST_TIMEOUT = 5_000;
const MOST_CONNECTIONS = 32;

/**
 * Listens on a socket of this user alone, until what this returns is called. Work that was accepted goes on when whoever
 * asked is gone. Throws what the system throws, and `refused` where others could listen in.
 */
export async function listenForRequests(options: EngineServerOptions): Promise<() => Promise<void>> {
  await removeDead(options.dataFolder);
  const place = newPrivateSocket(options.dataFolder);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    // Whoever asked may leave at any time.
    socket.on('error', () => socket.destroy());
    serve(socket, options);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, place);
  return async () => {
    for (const socket of connections) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    removePrivateSocket(place);
  };
}

function serve(socket: Socket, { program, accept }: EngineServerOptions): void {
  socket.setTimeout(REQUEST_TIMEOUT, () => socket.destroy());
  let isAsked = false;
  const say = (answer: EngineAnswer) => {
    if (socket.writable) socket.write(toLine(answer));
  };
  const answer = async (line: string) => {
    const request = parseRequest(line);
    if (!request) return say({ declined: 'This is no request that this engine knows.' });
    if (request.program !== program) return say({ declined: `This engine is ${program}.` });
    try {
      const work = await accept(request);
      if (!work) return say({ declined: 'This is for another engine.' });
      // Whoever did not wait does it alone by now.
      if (!socket.writable) return;
      say({ accepted: true });
      say(await work());
    } catch (error) {
      say({ declined: (error as Error).message });
    }
  };
  readLines(socket, (line) => {
    if (isAsked) return socket.destroy();
    isAsked = true;
    socket.setTimeout(0);
    void answer(line).then(() => socket.end());
  });
}

function listen(server: Server, { address, file }: PrivateSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      removePrivateSocket({ address, file });
      reject(error);
    });
    server.listen(address, resolve);
  });
}

/** Of engines that were killed their sockets stay. */
async function removeDead(dataFolder: DiskPath): Promise<void> {
  const sockets = privateSockets(dataFolder);
  const alive = await Promise.all(sockets.map(({ address }) => answers(address)));
  sockets.forEach((socket, at) => alive[at] || removePrivateSocket(socket));
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      resolve(!['ECONNREFUSED', 'ENOENT'].includes(error.code ?? '')),
    );
  });
}
