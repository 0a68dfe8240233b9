import { describe, expect, test } from 'vitest';
import { aheadOf, allAtOnce } from '../../../src/base/atOnce.ts';

/** Calls that end when the test lets them. */
class Calls {
  readonly begun: number[] = [];
  running = 0;
  most = 0;
  readonly #ends = new Map<number, PromiseWithResolvers<number>>();

  readonly make = async (item: number): Promise<number> => {
    this.begun.push(item);
    this.most = Math.max(this.most, ++this.running);
    const end = Promise.withResolvers<number>();
    this.#ends.set(item, end);
    return end.promise.finally(() => this.running--);
  };

  async end(item: number, failure?: Error): Promise<void> {
    if (failure) this.#ends.get(item)!.reject(failure);
    else this.#ends.get(item)!.resolve(item * 10);
    await settle();
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('aheadOf', () => {
  test('gives the results in order, whatever the order in which the calls end', async () => {
    const calls = new Calls();
    const results: number[] = [];
    const taken = (async () => {
      for await (const result of aheadOf([1, 2, 3, 4], 3, calls.make)) results.push(result);
    })();
    await settle();
    expect(calls.begun).toEqual([1, 2, 3]);
    await calls.end(3);
    await calls.end(2);
    expect(results).toEqual([]);
    await calls.end(1);
    expect(results).toEqual([10, 20, 30]);
    await calls.end(4);
    await taken;
    expect(results).toEqual([10, 20, 30, 40]);
    expect(calls.most).toBe(3);
  });

  test('throws at the failed one, after those at hand, and begins no more', async () => {
    const calls = new Calls();
    const results: number[] = [];
    let isOver = false;
    const taken = (async () => {
      for await (const result of aheadOf([1, 2, 3, 4, 5], 2, calls.make)) results.push(result);
    })().finally(() => (isOver = true));
    taken.catch(() => {});
    await settle();
    await calls.end(2, new Error('broken'));
    await calls.end(1);
    expect([results, isOver, calls.begun]).toEqual([[10], false, [1, 2, 3]]);
    await calls.end(3);
    await expect(taken).rejects.toThrow('broken');
    expect(calls.begun).toEqual([1, 2, 3]);
  });

  test('waits for those at hand when nothing more is taken', async () => {
    const calls = new Calls();
    const taken = (async () => {
      for await (const result of aheadOf([1, 2, 3, 4], 2, calls.make)) if (result === 10) break;
    })();
    await settle();
    await calls.end(1);
    await calls.end(2);
    await taken;
    expect(calls.begun).toEqual([1, 2]);
  });

  test('of nothing is nothing', async () => {
    expect(await aheadOf([], 3, async () => 1).next()).toEqual({ done: true, value: undefined });
  });
});

describe('allAtOnce', () => {
  test('makes so many calls at a time', async () => {
    const calls = new Calls();
    const all = allAtOnce([1, 2, 3], 2, async (item) => void (await calls.make(item)));
    await settle();
    expect(calls.begun).toEqual([1, 2]);
    for (const item of [2, 1, 3]) await calls.end(item);
    await all;
    expect(calls.most).toBe(2);
  });

  test('throws the first failure once those at hand have ended', async () => {
    const calls = new Calls();
    let isOver = false;
    const all = allAtOnce([1, 2, 3, 4], 2, async (item) => void (await calls.make(item))).finally(
      () => (isOver = true),
    );
    all.catch(() => {});
    await settle();
    await calls.end(1, new Error('broken'));
    expect([isOver, calls.begun]).toEqual([false, [1, 2]]);
    await calls.end(2);
    await expect(all).rejects.toThrow('broken');
    expect(calls.begun).toEqual([1, 2]);
  });
});
