import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A door in front of a server of HTTP, where something can be done in the middle of a program's work. */
export interface Gate {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  /** Before a request goes through that is the `count`th of its kind from now on, `act` is waited for. */
  before(count: number, kind: (request: IncomingMessage) => boolean, act: () => Promise<void>): void;
  /** Whether what was to be done before a request was done. */
  wasReached(): boolean;
  close(): void;
}

/** @param server `http://host:port`. */
export async function startGate(server: string): Promise<Gate> {
  const target = new URL(server);
  let plan: { left: number; kind(request: IncomingMessage): boolean; act(): Promise<void> } | undefined;
  const door = createServer((incoming, outgoing) => {
    const pass = (): void => {
      // The host is signed, so it stays as it is.
      const { method, url: path, headers } = incoming;
      const onward = sendRequest({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    };
    const due = plan;
    if (due?.kind(incoming) && --due.left === 0) {
      plan = undefined;
      due.act().then(pass, (error: unknown) => outgoing.destroy(error as Error));
    } else pass();
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    before: (left, kind, act) => (plan = { left, kind, act }),
    wasReached: () => plan === undefined,
    close: () => {
      door.closeAllConnections();
      door.close();
    },
  };
}
