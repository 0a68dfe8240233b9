import { expect, test } from 'vitest';
import { Gate } from '../../../src/base/gate.ts';

/** Work that is done when it is told so. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

test('so much is at hand as there is room for, in the order of coming', async () => {
  const gate = new Gate(10);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c', 'd'].map((name) => ({ name, ...held() }));
  const weights = [6, 4, 5, 1];
  const runs = jobs.map(({ name, work }, at) => gate.run(weights[at]!, () => (begun.push(name), work())));
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b']);
  jobs[1]!.end();
  await runs[1];
  // There would be room for d, but c came first.
  expect(begun).toEqual(['a', 'b']);
  jobs[0]!.end();
  await runs[0];
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  jobs[2]!.end();
  jobs[3]!.end();
  await Promise.all(runs);
});

test('what is heavier than all room goes alone, and a failure makes room', async () => {
  const gate = new Gate(10);
  await expect(gate.run(100, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const { work, end } = held();
  const heavy = gate.run(100, work);
  let isIn = false;
  const light = gate.run(1, async () => void (isIn = true));
  await Promise.resolve();
  expect(isIn).toBe(false);
  end();
  await Promise.all([heavy, light]);
  expect(isIn).toBe(true);
});
