import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that was started for a test. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** All that it printed so far. */
  printed(): string;
  stop(): Promise<void>;
}

/** Others that take our port between our look and the server's use of it; then another is tried. */
const TRIES = 5;

/**
 * Starts a server on a free port of this machine, unless it is to have one that it had before, and waits until it takes connections. One that ends before is an
 * error with what it printed.
 */
export async function startServer(
  program: string,
  argsFor: (port: number) => readonly string[],
  env: Readonly<Record<string, string>> = {},
  wantedPort?: number,
): Promise<ServerProcess> {
  for (let left = TRIES; ; left--) {
    const port = wantedPort ?? (await freePort());
    const child = spawn(program, argsFor(port), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let printed = '';
    let failure: Error | undefined;
    child.on('error', (error) => (failure = error));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (printed += String(data)));
    const ended = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
    while (!ended() && !(await answers(port))) await sleep(20);
    if (!ended()) {
      const stop = async (): Promise<void> => {
        if (ended()) return;
        const exit = once(child, 'exit');
        child.kill();
        await exit;
      };
      return { port, pid: child.pid!, printed: () => printed, stop };
    }
    if (left === 1 || !printed.includes('address already in use'))
      throw new Error(`${program} did not start: ${printed}`, { cause: failure });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
