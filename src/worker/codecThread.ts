/** The entry of a codec thread: takes jobs one by one, hands finished packs over without copying them. */
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { CairnError, errorToData } from '../base/errors.ts';
import { createCodecContext, type CodecContext, type CodecHost } from '../engine/codec/codecContext.ts';
import { codecJobBeginnings, codecJobHandlers } from '../engine/codec/codecJobs.ts';
import { INTERRUPTED, type CodecThreadData, type PoolMessage, type ThreadMessage } from './codecProtocol.ts';

const port = parentPort!;

function send(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function createHost({ packsAway, bufferPort, returnedBuffers, interrupted }: CodecThreadData): CodecHost {
  const returned = new Int32Array(returnedBuffers);
  const interruption = new Int32Array(interrupted);
  let away = 0;
  return {
    takeBuffer(length) {
      for (;;) {
        const seen = Atomics.load(returned, 0);
        const back = receiveMessageOnPort(bufferPort) as { message: ArrayBuffer } | undefined;
        if (back) {
          away--;
          if (back.message.byteLength >= length) return Buffer.from(back.message);
        } else if (away < packsAway) {
          return Buffer.from(new ArrayBuffer(length));
        } else if (Atomics.load(interruption, 0) === INTERRUPTED.end) {
          throw new CairnError('aborted', 'The operation was cancelled.');
        } else {
          Atomics.wait(returned, 0, seen);
        }
      }
    },
    isInterrupted: () => Atomics.load(interruption, 0) !== INTERRUPTED.no,
    isTimeUp: () => false,
    onTrouble: (trouble) => send({ kind: 'trouble', trouble }),
    give(pack) {
      away++;
      const buffer = pack.bytes.buffer as ArrayBuffer;
      send({ kind: 'pack', pack: { id: pack.id, header: pack.header }, buffer, length: pack.bytes.length }, [buffer]);
    },
  };
}

/** What the first message makes. */
let context: CodecContext | undefined;

async function runJob({ id, job, params }: PoolMessage & { kind: 'job' }): Promise<void> {
  try {
    const handler = codecJobHandlers[job] as (context: unknown, params: unknown) => unknown;
    send({ kind: 'done', id, result: await handler(context, params) });
  } catch (error) {
    send({ kind: 'failed', id, error: errorToData(error) });
  }
}

function begin({ job, params }: PoolMessage & { kind: 'job' }): void {
  try {
    (codecJobBeginnings[job] as ((context: unknown, params: unknown) => void) | undefined)?.(context, params);
  } catch {
    // The job itself meets the same, and says so.
  }
}

async function end(): Promise<never> {
  await context?.close().catch(() => {});
  process.exit();
}

// One job after the other, though the next one waits here already so that the thread is never idle.
let line = Promise.resolve();
port.on('message', (message: PoolMessage) => {
  if (message.kind === 'end') return void end();
  if (message.kind === 'setup')
    return void (context = createCodecContext(message.data.setup, createHost(message.data)));
  begin(message);
  line = line.then(() => runJob(message));
});
