import { steadyClock, type Clock } from '../../base/clock.ts';
import { CairnError } from '../../base/errors.ts';
import { MAX_FILE_LENGTHS, type Backend, type BytesListener } from '../backend.ts';
import { PERSONAL_PATIENCE } from './personalPatience.ts';
import { wrapCalls, type Around, type Call } from './wrapCalls.ts';

/** Milliseconds; restic's. */
const STUCK_AFTER = 5 * 60_000;
/** A call that was ended may take so long to end. Milliseconds. */
const GRACE = 10_000;
/** What timers take. Milliseconds. */
const LONGEST_SLEEP = 3_600_000;
/** Of a storage that does not say what it moves, a slow one takes so long for content. Bytes in a millisecond. */
const SLOWEST = 16;
/** Content of a length that the caller does not know. Bytes. */
const USUAL_SIZE = 16 * 1024 * 1024;

export interface StallOptions {
  /** Milliseconds. */
  readonly stuckAfter?: number;
  /** The same for the first answer of all; as for any other unless stated. */
  readonly firstStuckAfter?: number;
  readonly clock?: Clock;
}

/**
 * Ends calls in which nothing moves for a long time, as when a network drops what it is sent without a word: they fail
 * with `target-unavailable` and `mayPass`. A storage shows by `onBytes` that something moves; until it first does so in
 * a call, the content gets the time that it takes on a slow line.
 */
export function watchStalls(inner: Backend, options: StallOptions = {}): Backend {
  const { clock = steadyClock, stuckAfter = STUCK_AFTER } = options;
  let patience = options.firstStuckAfter ?? stuckAfter;

  const around: Around = async (call) => {
    const watch = new Watch(call, call.options.isAwaited ? Math.min(PERSONAL_PATIENCE, patience) : patience, clock);
    try {
      const result = await Promise.race([call.make({ signal: watch.signal, onBytes: watch.onBytes }), watch.failure]);
      patience = stuckAfter;
      return result;
    } catch (error) {
      if (watch.isStuck) throw stuck(inner.location, watch.patience);
      if (!call.options.signal?.aborted) patience = stuckAfter;
      throw error;
    } finally {
      watch.end();
    }
  };
  return wrapCalls(inner, around);
}

/** Looks after one call. */
class Watch {
  readonly patience: number;
  readonly #call: Call<unknown>;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #end = new AbortController();
  /** Rejects where a call did not end though it was told to. */
  readonly failure: Promise<never>;
  isStuck = false;
  /** Until then something must move. By the clock. */
  #deadline: number;
  #paused = 0;

  constructor(call: Call<unknown>, patience: number, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
    this.patience = patience;
    this.#deadline = clock.now() + patience + timeFor(call);
    const { signal } = call.options;
    if (signal?.aborted) this.#controller.abort();
    signal?.addEventListener('abort', this.#abort, { once: true });
    this.failure = this.#watch();
    this.failure.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly onBytes: BytesListener = (direction, count) => {
    this.#touch();
    const pause = this.#call.options.onBytes?.(direction, count);
    if (!pause) return undefined;
    this.#paused++;
    return pause.finally(() => {
      this.#paused--;
      this.#touch();
    });
  };

  end(): void {
    this.#end.abort();
    this.#call.options.signal?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => this.#controller.abort();

  #touch(): void {
    this.#deadline = this.#clock.now() + this.patience;
  }

  async #watch(): Promise<never> {
    const asleep = { signal: this.#end.signal, background: true };
    for (;;) {
      const left = this.#deadline - this.#clock.now();
      if (left > 0) await this.#clock.sleep(Math.min(left, this.patience, LONGEST_SLEEP), asleep);
      // Whoever makes it wait knows for how long.
      else if (this.#paused > 0) this.#touch();
      else break;
    }
    this.isStuck = true;
    this.#controller.abort();
    await this.#clock.sleep(GRACE, asleep);
    throw new Error('It does not end.');
  }
}

/** Milliseconds. */
function timeFor({ direction, size, type }: Call<unknown>): number {
  const isSmall = type !== 'pack' && type !== 'index' && type !== 'snapshot';
  if (direction === undefined || isSmall) return 0;
  const isKnown = size !== undefined && size >= 0 && size <= MAX_FILE_LENGTHS[type];
  return (isKnown ? size : USUAL_SIZE) / SLOWEST;
}

function stuck(location: string, patience: number): CairnError {
  const seconds = Math.round(patience / 1000);
  const time = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  return new CairnError(
    'target-unavailable',
    `${location} has not answered for ${time}. Check the connection; --stuck-request-timeout gives it more time.`,
    { mayPass: true },
  );
}
