import { throwIfAborted } from '../../base/abort.ts';
import { steadyClock, type Clock } from '../../base/clock.ts';
import { errorCode, isCairnError, type CairnError } from '../../base/errors.ts';
import type { TroubleListener } from '../../base/storageTrouble.ts';
import type { Backend, CallOptions, FileHandle } from '../backend.ts';
import { PERSONAL_PATIENCE } from './personalPatience.ts';
import { wrapCalls, type Around, type Call } from './wrapCalls.ts';

/** Milliseconds. As restic: from a second on twice as long each time, up to a minute, 15 minutes in all. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;
const PATIENCE = 15 * 60_000;

export interface RetryOptions {
  /** A person waits: until the storage has answered for the first time, calls are given up within seconds. */
  readonly isAwaited?: boolean;
  /** Hears of each call that failed and will be made again. */
  readonly onTrouble?: TroubleListener;
  readonly clock?: Clock;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/**
 * Makes calls again that failed with `mayPass`, after waits of random length, so that clients that failed together do
 * not come back together; a server that names a time (`details.retryAfterMs`) is not asked before. What fails in the
 * end throws what the last try threw.
 */
export function retryCalls(inner: Backend, options: RetryOptions = {}): Backend {
  const { clock = steadyClock, random = Math.random, onTrouble } = options;
  let isAwaited = options.isAwaited ?? false;

  const closing = new Closing();

  const tryOften = async <T>(call: Call<T>, signal: AbortSignal): Promise<T> => {
    const begun = clock.now();
    for (let tries = 0; ; tries++) {
      try {
        const result = await call.make({ signal });
        isAwaited = false;
        return result;
      } catch (error) {
        if (!mayPass(error)) {
          if (errorCode(error) !== 'aborted') isAwaited = false;
          throw error;
        }
        throwIfAborted(signal);
        const waitMs = Math.max(waitAfter(tries, random()), retryAfter(error));
        const patience = isAwaited || call.options.isAwaited ? PERSONAL_PATIENCE : PATIENCE;
        if (clock.now() - begun + waitMs > patience) throw error;
        onTrouble?.({ message: error.message, waitMs });
        await clock.sleep(waitMs, { signal });
      }
    }
  };

  const around: Around = (call) => closing.join(call.options.signal, (signal) => tryOften(call, signal));

  return {
    ...wrapCalls(inner, around),
    // Until the file is stored, the content may be needed for another try.
    save: async (handle, data, { onTaken, ...rest } = {}) => {
      const save = savingAgain(inner);
      await around({ kind: 'save', options: rest, make: (other) => save(handle, data, { ...rest, ...other }) });
      onTaken?.();
    },
    close: async () => {
      closing.end();
      await inner.close();
    },
  };
}

/** Ends the calls that are under way when their backend is closed: one that waits for its next try would live on. */
class Closing {
  readonly #calls = new Set<AbortController>();

  /** Makes a call with a signal that also fires at the end. */
  async join<T>(signal: AbortSignal | undefined, make: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = new AbortController();
    const abort = (): void => call.abort();
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#calls.add(call);
    try {
      return await make(call.signal);
    } finally {
      this.#calls.delete(call);
      signal?.removeEventListener('abort', abort);
    }
  }

  end(): void {
    for (const call of this.#calls) call.abort();
  }
}

/**
 * `save` for several tries of one call. A try whose answer got lost may have stored a config, and the next is then told
 * that there is one: only reading it tells whether it is ours.
 */
function savingAgain(inner: Backend): Backend['save'] {
  let mayBeThere = false;
  return async (handle, data, options) => {
    try {
      await inner.save(handle, data, options);
    } catch (error) {
      const isOurs =
        mayBeThere && errorCode(error) === 'repository-exists' && (await holds(inner, handle, data, options));
      if (isOurs) return;
      mayBeThere ||= mayPass(error);
      throw error;
    }
  };
}

async function holds(
  inner: Backend,
  handle: FileHandle,
  data: readonly Uint8Array[],
  { signal }: CallOptions = {},
): Promise<boolean> {
  const stored = await inner.load(handle, signal && { signal });
  return stored.equals(Buffer.concat(data));
}

function mayPass(error: unknown): error is CairnError {
  return isCairnError(error) && error.mayPass;
}

/** Half of it to one and a half. */
function waitAfter(tries: number, random: number): number {
  return Math.min(FIRST_WAIT * 2 ** tries, LONGEST_WAIT) * (0.5 + random);
}

function retryAfter({ details }: CairnError): number {
  const after = details?.['retryAfterMs'];
  return typeof after === 'number' && after > 0 ? after : 0;
}
