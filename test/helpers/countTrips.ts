import type { Backend, CallOptions, FileHandle, StorageProperties } from '../../src/backend/backend.ts';
import { CairnError } from '../../src/base/errors.ts';

export interface CountOptions {
  /**
   * So long nothing new may be asked for before what was asked for is answered. Milliseconds; 10 unless stated. More
   * where what happens between two calls waits for other threads or the disk.
   */
  readonly quiet?: number;
  /** What differs from storage elsewhere as usual: far, with 5 connections and cheap gaps of 1 MiB. */
  readonly properties?: Partial<StorageProperties>;
}

export interface TripCounter {
  readonly backend: Backend;
  /** The longest chain of calls each of which waited for an answer to the one before it. */
  readonly roundTrips: () => number;
  /** What was asked for in each round trip: `load index 0123abcd`. */
  readonly trips: readonly (readonly string[])[];
  /** The same in one list. */
  readonly calls: () => string[];
  /** Counts from 0 again; for when no call is on its way. */
  readonly reset: () => void;
}

/** Turns of the event loop without a new call that must pass as well: a busy machine makes few of them. */
const QUIET_TURNS = 20;

interface Waiting {
  readonly answer: () => void;
}

/**
 * A backend around another whose answers all take the same time, by a clock that stands still while anybody works:
 * what was asked for is answered together, once nobody asks for more. So the figures depend on who waits for whom and
 * not on the machine. Threads that open the storage for themselves are not seen.
 */
export function countTrips(inner: Backend, { quiet = 10, properties }: CountOptions = {}): TripCounter {
  const trips: string[][] = [];
  const asked: string[] = [];
  const waiting = new Set<Waiting>();
  let isWatched = false;
  let lastCall = 0;
  let turns = 0;

  function watch(): void {
    if (++turns < QUIET_TURNS || performance.now() - lastCall < quiet) return void setImmediate(watch);
    isWatched = false;
    const answered = [...waiting];
    waiting.clear();
    trips.push(asked.splice(0));
    for (const { answer } of answered) answer();
  }

  function arrive(what: string, signal: AbortSignal | undefined): Promise<void> {
    asked.push(what);
    lastCall = performance.now();
    turns = 0;
    if (!isWatched) setImmediate(watch);
    isWatched = true;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.delete(call);
        reject(new CairnError('aborted', 'The operation was cancelled.'));
      };
      const call: Waiting = {
        answer: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      waiting.add(call);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function trip<T>(what: string, { signal }: CallOptions = {}, call: () => Promise<T>): Promise<T> {
    if (signal?.aborted) return call();
    const [result] = await Promise.allSettled([call(), arrive(what, signal)]);
    if (signal?.aborted) throw new CairnError('aborted', 'The operation was cancelled.');
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  const nameOf = ({ type, name }: FileHandle) => [type, name.slice(0, 8)].filter(Boolean).join(' ');
  const backend: Backend = {
    location: inner.location,
    settings: inner.settings,
    properties: { ...inner.properties, isFar: true, connections: 5, cheapGap: 1024 * 1024, ...properties },
    create: (options) => trip('create', options, () => inner.create(options)),
    save: (handle, data, options) => trip(`save ${nameOf(handle)}`, options, () => inner.save(handle, data, options)),
    load: (handle, options) => trip(`load ${nameOf(handle)}`, options, () => inner.load(handle, options)),
    stat: (handle, options) => trip(`stat ${nameOf(handle)}`, options, () => inner.stat(handle, options)),
    remove: (handle, options) => trip(`remove ${nameOf(handle)}`, options, () => inner.remove(handle, options)),
    list: (type, options) => trip(`list ${type}`, options, () => inner.list(type, options)),
    leftovers: (options) => trip('leftovers', options, () => inner.leftovers(options)),
    removeLeftover: (leftover, options) =>
      trip(`removeLeftover ${leftover.path}`, options, () => inner.removeLeftover(leftover, options)),
    close: () => inner.close(),
  };
  return {
    backend,
    roundTrips: () => trips.length,
    trips,
    calls: () => trips.flat(),
    reset: () => void trips.splice(0),
  };
}
