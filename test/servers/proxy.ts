import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy for HTTP, and by CONNECT for all else. */
export interface TestProxy {
  readonly port: number;
  /** What it was asked for, without headers. */
  readonly requests: string[];
  close(): Promise<void>;
}

/**
 * Starts one on a free port. It takes every name for this machine.
 * @param login `user:password`; absent to let everyone through.
 */
export async function startProxy(login?: string): Promise<TestProxy> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createServer((incoming, answer) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    if (wanted !== undefined && incoming.headers['proxy-authorization'] !== wanted) {
      answer.writeHead(407).end();
      return;
    }
    const { port, pathname, search } = new URL(incoming.url!);
    const headers = { ...incoming.headers };
    delete headers['proxy-authorization'];
    const options = { host: '127.0.0.1', port, path: pathname + search, method: incoming.method!, headers };
    incoming.pipe(
      request(options, (inner) => inner.pipe(answer.writeHead(inner.statusCode!, inner.headers))).on('error', () =>
        answer.destroy(),
      ),
    );
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.on('connect', (incoming, socket: Socket) => {
    requests.push(`CONNECT ${incoming.url}`);
    if (wanted !== undefined && incoming.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const inner = connect(Number(incoming.url!.split(':').pop()), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(inner).pipe(socket);
    });
    inner.on('error', () => socket.destroy());
    socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
