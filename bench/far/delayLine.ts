/**
 * A thread that passes connections on to a server of this machine, each direction late by half a round trip, as over a
 * long line without a limit of its own. As there, a connection takes a round trip before anything is sent on it.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Line {
  /** Of the server. */
  readonly port: number;
  /** Milliseconds. */
  readonly roundTrip: number;
}

/** Bytes that may wait for a receiver that does not read. */
const MOST_WAITING = 64 * 1024 * 1024;

export interface DelayLine {
  /** Where it takes connections. */
  readonly port: number;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startDelayLine(line: Line): Promise<DelayLine> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: line });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    port,
    close: async () => {
      await worker.terminate();
    },
  };
}

function serve({ port, roundTrip }: Line, tell: (port: number) => void): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const openAt = performance.now() + roundTrip;
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const drop = (): void => void [near, far].map((socket) => socket.destroy());
    near.on('error', drop);
    far.on('error', drop);
    pass(near, far, roundTrip / 2, openAt);
    pass(far, near, roundTrip / 2, openAt);
  });
  server.listen(0, '127.0.0.1', () => tell((server.address() as AddressInfo).port));
}

/** What comes in goes out after `delay` milliseconds, in its order; nothing leaves earlier than `delay` after `openAt`. */
function pass(from: Socket, to: Socket, delay: number, openAt: number): void {
  if (delay === 0) return void from.pipe(to);
  const waiting: { readonly at: number; readonly chunk: Buffer | undefined }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = (): void => {
    timer = undefined;
    // A timer may be early by less than a millisecond.
    while (waiting.length > 0 && waiting[0]!.at <= performance.now() + 0.5) {
      const { chunk } = waiting.shift()!;
      if (chunk) to.write(chunk);
      else to.end();
    }
    if (waiting.length > 0) timer = setTimeout(send, waiting[0]!.at - performance.now());
  };
  const take = (chunk: Buffer | undefined): void => {
    waiting.push({ at: Math.max(performance.now(), openAt) + delay, chunk });
    timer ??= setTimeout(send, waiting[0]!.at - performance.now());
    if (to.writableLength > MOST_WAITING) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };
  from.on('data', take).on('end', () => take(undefined));
  to.on('close', () => {
    clearTimeout(timer);
    waiting.length = 0;
  });
}

if (!isMainThread && parentPort) serve(workerData as Line, (port) => parentPort!.postMessage(port));
