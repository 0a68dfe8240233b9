import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { errorFromData, type CairnError } from '../base/errors.ts';
import type { RunningWalk, WalkBatch, WalkPlan } from '../engine/backup/runningWalk.ts';
import { countEntries } from '../engine/backup/walkAhead.ts';
import { workerCrashed } from './workerCrashed.ts';
import { WALK, type WalkMessage, type WalkThreadData } from './walkProtocol.ts';

/** A thread that hangs on a disk is given so long to end itself, in milliseconds. */
const END_TIMEOUT = 1000;

/** A walk in a thread of its own, which begins at once. Whoever starts it closes it. */
export class WalkClient implements RunningWalk {
  readonly plan: WalkPlan;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #state: Int32Array;
  readonly #batches: WalkBatch[] = [];
  #failure: CairnError | undefined;
  #onMessage: (() => void) | undefined;
  /** Entries of the batch that was taken last. */
  #taken = 0;

  /** @param threadFile the bundle of `walkThread.ts`. */
  constructor(threadFile: string, plan: WalkPlan) {
    this.plan = plan;
    const shared = new SharedArrayBuffer(8);
    this.#state = new Int32Array(shared);
    // The nursery of the command line's threads is small; what is found in a folder outlives it.
    setFlagsFromString('--min-semi-space-size=8');
    this.#worker = new Worker(threadFile, {
      workerData: { plan, shared } satisfies WalkThreadData,
      name: 'cairn walk',
      resourceLimits: { maxYoungGenerationSizeMb: 24 },
    });
    this.#worker.on('message', (message: WalkMessage) => {
      if (message.kind === 'batch') this.#batches.push(message.batch);
      else this.#failure = errorFromData(message.error);
      this.#onMessage?.();
    });
    this.#worker.on('error', (cause) => this.#die(cause));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#die(undefined);
        resolve();
      });
    });
  }

  async next(): Promise<WalkBatch> {
    this.#use(this.#taken);
    while (this.#batches.length === 0) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => (this.#onMessage = resolve));
    }
    const batch = this.#batches.shift()!;
    this.#taken = countEntries(batch);
    return batch;
  }

  stop(): void {
    Atomics.store(this.#state, WALK.end, 1);
    // Another number, or a thread that is just about to wait for one would sleep on.
    this.#use(1);
    this.#batches.length = 0;
  }

  /** Ends the thread, wherever it is. */
  async close(): Promise<void> {
    this.stop();
    const timer = setTimeout(() => void this.#worker.terminate(), END_TIMEOUT).unref();
    await this.#ended;
    clearTimeout(timer);
  }

  #use(entries: number): void {
    Atomics.add(this.#state, WALK.used, entries);
    Atomics.notify(this.#state, WALK.used);
  }

  #die(cause: unknown): void {
    this.#failure ??= workerCrashed(cause);
    this.#onMessage?.();
  }
}
