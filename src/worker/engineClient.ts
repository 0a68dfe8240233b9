import { Worker } from 'node:worker_threads';
import { createBirpc, type BirpcReturn } from 'birpc';
import { CairnError, errorFromData } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import type {
  CallOptionsOf,
  ClientFunctions,
  EngineCommandName,
  EngineCommands,
  EngineThreadData,
  WorkerFunctions,
} from './engineProtocol.ts';

export interface EngineClientOptions extends Omit<EngineThreadData, 'endedThreads'> {
  /** The bundle of `engineThread.ts`. */
  readonly threadFile: string;
  /** Hears why a worker died; the next call starts another. */
  readonly onCrash?: (cause: unknown) => void;
  /** Workers that have ended, of all clients that are given the same list; its own unless stated. */
  readonly endedThreads?: number[];
}

/** A worker that runs, and the way to it. */
interface Connection {
  readonly worker: Worker;
  readonly rpc: BirpcReturn<WorkerFunctions, ClientFunctions>;
}

/** While it is closed, the worker may take so many milliseconds to give its locks back. */
const CLOSE_TIMEOUT = 3_000;

/**
 * The engine behind a thread. The worker starts at the first call. A call always ends: with the result, the
 * error of the engine, `aborted`, or `worker-crashed` when the worker died meanwhile.
 */
export class EngineClient {
  readonly #options: EngineClientOptions;
  readonly #listeners = new Map<number, (event: ProgressEvent) => void>();
  readonly #takers = new Map<number, (part: never) => void>();
  readonly #endedThreads: number[];
  #connection: Connection | undefined;
  #nextId = 1;

  constructor(options: EngineClientOptions) {
    this.#options = options;
    this.#endedThreads = options.endedThreads ?? [];
  }

  async call<K extends EngineCommandName>(
    command: K,
    params: EngineCommands[K]['params'],
    { signal, onProgress, onPart }: CallOptionsOf<K> = {},
  ): Promise<EngineCommands[K]['result']> {
    if (signal?.aborted) throw new CairnError('aborted', 'The operation was cancelled.');
    const { rpc } = (this.#connection ??= this.#start());
    const id = this.#nextId++;
    if (onProgress) this.#listeners.set(id, onProgress);
    if (onPart) this.#takers.set(id, onPart);
    const cancel = () => void rpc.cancel.asEvent(id);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const outcome = await rpc.call(id, command, params);
      if ('error' in outcome) throw errorFromData(outcome.error);
      return outcome.result as EngineCommands[K]['result'];
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#listeners.delete(id);
      this.#takers.delete(id);
    }
  }

  /** Cancels what runs, lets the worker give its locks back, and ends it. The next call starts another. */
  async close(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    this.#connection = undefined;
    const timer = setTimeout(() => void connection.worker.terminate(), CLOSE_TIMEOUT);
    try {
      // The worker ends itself when all is given back; what waits for an answer then hears of it here.
      await connection.rpc.close();
    } catch {
      // It is gone already.
    } finally {
      clearTimeout(timer);
      connection.rpc.$close(new CairnError('aborted', 'The operation was cancelled, since Cairn is closing.'));
      await connection.worker.terminate();
    }
  }

  #start(): Connection {
    const { threadFile, codecFile, codecThreads, listenAs } = this.#options;
    const workerData: EngineThreadData = {
      ...{ codecFile, codecThreads, endedThreads: this.#endedThreads },
      ...(listenAs !== undefined && { listenAs }),
    };
    const worker = new Worker(threadFile, { workerData, name: 'cairn engine' });
    // After its end it has no number any more.
    const { threadId } = worker;
    const functions: ClientFunctions = {
      progress: (id, event) => this.#listeners.get(id)?.(event),
      part: (id, part) => this.#takers.get(id)?.(part as never),
    };
    const rpc = createBirpc<WorkerFunctions, ClientFunctions>(functions, {
      post: (message: unknown) => worker.postMessage(message),
      on: (receive) => void worker.on('message', receive),
      // Only the worker knows how long a backup takes; its death ends the wait.
      timeout: -1,
    });
    const connection = { worker, rpc };
    let cause: unknown;
    worker.on('error', (error: unknown) => {
      cause = error;
    });
    worker.on('exit', () => {
      this.#endedThreads.push(threadId);
      this.#lose(connection, cause);
    });
    return connection;
  }

  #lose(connection: Connection, cause: unknown): void {
    const isUnexpected = this.#connection === connection;
    if (isUnexpected) this.#connection = undefined;
    const message = 'The backup engine of Cairn stopped unexpectedly. Nothing that was stored is lost; try again.';
    connection.rpc.$close(new CairnError('worker-crashed', message, { cause }));
    if (isUnexpected) this.#options.onCrash?.(cause);
  }
}
