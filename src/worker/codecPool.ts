import { MessageChannel, Worker } from 'node:worker_threads';
import { CairnError, errorFromData } from '../base/errors.ts';
import type { TroubleListener } from '../base/storageTrouble.ts';
import type { CodecJobName, CodecPool, OpenCodecs, PackListener } from '../engine/codec/codecPool.ts';
import type { CodecJobs } from '../engine/codec/codecJobs.ts';
import type { CodecSetup } from '../engine/codec/codecSetup.ts';
import { INTERRUPTED, type CodecThreadData, type PoolMessage, type ThreadMessage } from './codecProtocol.ts';
import { workerCrashed } from './workerCrashed.ts';

export interface CodecPoolOptions {
  /** The bundle (or, in tests, the source) of `codecThread.ts`. */
  readonly threadFile: string;
  /** Number of threads. */
  readonly size: number;
  /** Hears of calls to the storage that a thread will make again. */
  readonly onTrouble?: TroubleListener;
}

/** A pool of worker threads for the codec jobs. The threads start with the pool. */
export function codecPoolOpener(options: CodecPoolOptions): OpenCodecs {
  return (setup, onPack) => new ThreadCodecPool(startThreads(options), setup, onPack);
}

/**
 * Runs `work` with pools of which the first may have its threads started before it is opened, which is before it is known
 * what they work for: they are ready sooner then. What was started and is not used has ended when this resolves.
 */
export async function withThreadsAhead<T>(
  options: CodecPoolOptions,
  work: (openCodecs: OpenCodecs, startThreadsAhead: () => void) => Promise<T>,
): Promise<T> {
  let started: CodecThread[] | undefined;
  const take = () => {
    const threads = started ?? startThreads(options);
    started = undefined;
    return threads;
  };
  try {
    return await work(
      (setup, onPack) => new ThreadCodecPool(take(), setup, onPack),
      () => void (started ??= startThreads(options)),
    );
  } finally {
    await Promise.all(started?.map((thread) => thread.stop(cancelled())) ?? []);
  }
}

function startThreads(options: CodecPoolOptions): CodecThread[] {
  return Array.from({ length: options.size }, () => new CodecThread(options));
}

function cancelled(): CairnError {
  return new CairnError('aborted', 'The operation was cancelled.');
}

interface PendingJob {
  readonly message: PoolMessage & { readonly kind: 'job' };
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs that a thread has at hand: the one it works on, and the next. */
const MAX_IN_FLIGHT = 2;

/** A thread that has not ended itself after so many milliseconds hangs in a call of the system, and is ended. */
const END_TIMEOUT = 10_000;

class ThreadCodecPool implements CodecPool {
  readonly #threads: CodecThread[];
  readonly #line: PendingJob[] = [];
  readonly #interrupted = new SharedArrayBuffer(4);
  #nextId = 1;

  constructor(threads: CodecThread[], setup: CodecSetup, onPack: PackListener) {
    const packsAway = Math.max(1, Math.ceil(setup.packsAway / threads.length));
    this.#threads = threads;
    const start = { setup, packsAway, interrupted: this.#interrupted };
    for (const thread of threads) thread.setUp(start, onPack, () => this.#assign());
  }

  get size(): number {
    return this.#threads.length;
  }

  run<K extends CodecJobName>(job: K, params: CodecJobs[K]['params']): Promise<CodecJobs[K]['result']> {
    return new Promise((resolve, reject) => {
      this.#line.push(this.#pending(job, params, resolve as (result: unknown) => void, reject));
      this.#assign();
    });
  }

  runOnEach<K extends CodecJobName>(job: K, params: CodecJobs[K]['params']): Promise<CodecJobs[K]['result'][]> {
    const runOn = (thread: CodecThread) =>
      new Promise<CodecJobs[K]['result']>((resolve, reject) => {
        thread.start(this.#pending(job, params, resolve as (result: unknown) => void, reject));
      });
    return Promise.all(this.#threads.map(runOn));
  }

  interrupt(): void {
    Atomics.store(new Int32Array(this.#interrupted), 0, INTERRUPTED.job);
  }

  async close(): Promise<void> {
    const reason = cancelled();
    for (const job of this.#line.splice(0)) job.reject(reason);
    Atomics.store(new Int32Array(this.#interrupted), 0, INTERRUPTED.end);
    await Promise.all(this.#threads.map((thread) => thread.stop(reason)));
  }

  #pending(job: CodecJobName, params: unknown, resolve: (result: unknown) => void, reject: (error: unknown) => void) {
    return { message: { kind: 'job', id: this.#nextId++, job, params }, resolve, reject } satisfies PendingJob;
  }

  /** Gives the jobs in line to the threads that have the least to do. */
  #assign(): void {
    while (this.#line.length > 0) {
      const thread = this.#threads.reduce((least, other) => (other.load < least.load ? other : least));
      if (thread.load >= MAX_IN_FLIGHT) return;
      thread.start(this.#line.shift()!);
    }
  }
}

/** One thread and the jobs it has at hand. */
class CodecThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #channel = new MessageChannel();
  readonly #returnedBuffers = new SharedArrayBuffer(4);
  readonly #onTrouble: TroubleListener | undefined;
  readonly #jobs = new Map<number, PendingJob>();
  #onPack: PackListener = async () => {};
  #onFree = () => {};
  #dead: CairnError | undefined;

  constructor({ threadFile, onTrouble }: CodecPoolOptions) {
    this.#channel.port1.unref();
    this.#onTrouble = onTrouble;
    this.#worker = new Worker(threadFile, {
      name: 'cairn codec',
      // What a job leaves behind is small and dies young; a larger nursery only holds memory.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    this.#worker.on('message', (message: ThreadMessage) => this.#receive(message));
    this.#worker.on('error', (cause) => this.#die(cause));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#die(undefined);
        resolve();
      });
    });
    // An idle pool must not keep the process alive.
    this.#worker.unref();
  }

  /** Says what it works for. To be called once, before any job is given to it. */
  setUp(
    start: Pick<CodecThreadData, 'setup' | 'packsAway' | 'interrupted'>,
    onPack: PackListener,
    onFree: () => void,
  ): void {
    this.#onPack = onPack;
    this.#onFree = onFree;
    const bufferPort = this.#channel.port2;
    const data: CodecThreadData = { ...start, bufferPort, returnedBuffers: this.#returnedBuffers };
    this.#worker.postMessage({ kind: 'setup', data } satisfies PoolMessage, [bufferPort]);
  }

  get load(): number {
    return this.#jobs.size;
  }

  start(job: PendingJob): void {
    if (this.#dead) return job.reject(this.#dead);
    this.#jobs.set(job.message.id, job);
    this.#worker.ref();
    try {
      this.#worker.postMessage(job.message);
    } catch (error) {
      this.#settle(job.message.id, (pending) => pending.reject(error));
    }
  }

  async stop(reason: CairnError): Promise<void> {
    this.#dead ??= reason;
    this.#rejectAll();
    this.#worker.ref();
    this.#worker.postMessage({ kind: 'end' } satisfies PoolMessage);
    this.#wake();
    const timer = setTimeout(() => void this.#worker.terminate(), END_TIMEOUT).unref();
    await this.#ended;
    clearTimeout(timer);
    this.#channel.port1.close();
  }

  #receive(message: ThreadMessage): void {
    if (message.kind === 'pack') {
      void this.#handOver(message);
    } else if (message.kind === 'trouble') {
      this.#onTrouble?.(message.trouble);
    } else if (message.kind === 'done') {
      this.#settle(message.id, (job) => job.resolve(message.result));
    } else {
      this.#settle(message.id, (job) => job.reject(errorFromData(message.error)));
    }
  }

  async #handOver({ pack, buffer, length }: ThreadMessage & { kind: 'pack' }): Promise<void> {
    try {
      await this.#onPack({ ...pack, bytes: new Uint8Array(buffer, 0, length) });
    } finally {
      this.#channel.port1.postMessage(buffer, [buffer]);
      this.#wake();
    }
  }

  /** For a thread that waits for a buffer. */
  #wake(): void {
    const returned = new Int32Array(this.#returnedBuffers);
    Atomics.add(returned, 0, 1);
    Atomics.notify(returned, 0);
  }

  #settle(id: number, settle: (job: PendingJob) => void): void {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    if (this.#jobs.size === 0) this.#worker.unref();
    this.#onFree();
    if (job) settle(job);
  }

  #die(cause: unknown): void {
    this.#dead ??= workerCrashed(cause);
    this.#rejectAll();
  }

  #rejectAll(): void {
    for (const job of this.#jobs.values()) job.reject(this.#dead);
    this.#jobs.clear();
    this.#onFree();
  }
}
