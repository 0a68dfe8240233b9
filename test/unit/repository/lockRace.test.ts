import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorCode } from '../../../src/base/errors.ts';
import { acquireLock } from '../../../src/repository/lock.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { acquireOptions, MemoryLockStore } from './lockTestbed.ts';

interface Client {
  readonly exclusive: boolean;
  /** As on far storage. */
  readonly looksWhileWriting: boolean;
  /** When it begins, milliseconds. */
  readonly start: number;
  /** How long it holds the lock, milliseconds. */
  readonly hold: number;
  /** How long each of its calls to the storage takes before and after its effect, in turn. */
  readonly delays: readonly number[];
}

interface Span {
  readonly exclusive: boolean;
  /** When `acquireLock` resolved. */
  readonly readFrom: number;
  /** When it was confirmed. */
  readonly writeFrom: number;
  readonly until: number;
}

const client = fc.record<Client>({
  exclusive: fc.boolean(),
  looksWhileWriting: fc.boolean(),
  start: fc.integer({ min: 0, max: 600 }),
  hold: fc.integer({ min: 0, max: 800 }),
  delays: fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 400 })), {
    minLength: 1,
    maxLength: 8,
  }),
});

/** The view of one client on a shared store: each call takes its time, its effect is at one moment. */
function slowStore(store: MemoryLockStore, clock: FakeClock, delays: readonly number[]): MemoryLockStore {
  let turn = 0;
  const pause = () => clock.sleep(delays[turn++ % delays.length]!);
  const slow = async <T>(call: () => Promise<T>): Promise<T> => {
    await pause();
    try {
      return await call();
    } finally {
      await pause();
    }
  };
  return {
    list: () => slow(() => store.list()),
    load: (id) => slow(() => store.load(id)),
    save: (json) => slow(() => store.save(json)),
    remove: (id) => slow(() => store.remove(id)),
  } as MemoryLockStore;
}

async function runClient(store: MemoryLockStore, clock: FakeClock, client: Client): Promise<Span | undefined> {
  await clock.sleep(client.start);
  const slow = slowStore(store, clock, client.delays);
  try {
    const { exclusive, looksWhileWriting } = client;
    const lock = await acquireLock(slow, acquireOptions(clock, { exclusive, looksWhileWriting }));
    const readFrom = clock.now();
    await lock.confirmed;
    const writeFrom = clock.now();
    await clock.sleep(client.hold);
    lock.check();
    const span = { exclusive: client.exclusive, readFrom, writeFrom, until: clock.now() };
    await lock.release();
    return span;
  } catch (error) {
    expect(errorCode(error)).toBe('locked');
    return undefined;
  }
}

const overlap = (a: readonly [number, number], b: readonly [number, number]) => a[0] < b[1] && b[0] < a[1];

test('of clients that race, no other holds or reads while one holds exclusively', async () => {
  let held = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(client, { minLength: 2, maxLength: 4 }), async (clients) => {
      const clock = new FakeClock();
      const store = new MemoryLockStore();
      const results = await clock.run(Promise.all(clients.map((one) => runClient(store, clock, one))));
      expect(store.files.size).toBe(0);
      const spans = results.filter((span) => span !== undefined);
      held += spans.length;
      refused += results.length - spans.length;
      for (const a of spans.filter((span) => span.exclusive)) {
        for (const b of spans.filter((span) => span !== a)) {
          // Also what was read before the confirmation must not stem from the time of another's writing.
          expect(overlap([a.writeFrom, a.until], [b.readFrom, b.until]), JSON.stringify({ a, b })).toBe(false);
        }
      }
    }),
    { numRuns: Number(process.env['RR'] ?? 300) },
  );
  expect(held).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});

test('shared locks never hinder each other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(client, { minLength: 2, maxLength: 4 }), async (clients) => {
      const clock = new FakeClock();
      const store = new MemoryLockStore();
      const shared = clients.map((one) => ({ ...one, exclusive: false }));
      const results = await clock.run(Promise.all(shared.map((one) => runClient(store, clock, one))));
      expect(results).not.toContain(undefined);
    }),
    { numRuns: 50 },
  );
});
