import { beforeEach, expect, test } from 'vitest';
import { CopySchedule, type RunOutcome } from '../../../../src/extension/copies/copySchedule.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let clock: FakeClock;
let began: number;
/** Seconds after the begin at which a run began. */
let runs: number[];
let outcome: RunOutcome | Promise<RunOutcome>;
let interval: number;
let lastGood: number | undefined;
let schedule: CopySchedule;

beforeEach(() => {
  clock = new FakeClock();
  began = clock.now();
  runs = [];
  outcome = 'good';
  interval = 60 * MINUTE;
  lastGood = undefined;
  schedule = new CopySchedule({
    run: async () => {
      runs.push((clock.now() - began) / SECOND);
      const result = await outcome;
      if (result === 'good') lastGood = clock.now();
      return result;
    },
    interval: () => interval,
    lastGood: () => lastGood,
    clock,
  });
});

test('a run waits for a quiet minute after a backup', async () => {
  schedule.want();
  await clock.advance(50 * SECOND);
  schedule.want();
  await clock.advance(59 * SECOND);
  expect(runs).toEqual([]);
  await clock.advance(SECOND);
  expect(runs).toEqual([110]);
  await clock.advance(10 * 60 * MINUTE);
  expect(runs).toHaveLength(1);
});

test('work that never ceases puts it off for one interval only, and it comes once in each', async () => {
  for (let minute = 0; minute < 130; minute++) {
    schedule.want();
    await clock.advance(MINUTE / 2);
    schedule.want();
    await clock.advance(MINUTE / 2);
  }
  expect(runs).toEqual([3600, 7200]);
});

test('what was copied by another window counts', async () => {
  schedule.want();
  lastGood = began + 30 * SECOND;
  await clock.advance(59 * MINUTE);
  expect(runs).toEqual([]);
  await clock.advance(2 * MINUTE);
  expect(runs).toEqual([3630]);
});

test('storage that is away is tried again after longer and longer pauses, up to ten minutes', async () => {
  outcome = 'away';
  schedule.want();
  await clock.advance(40 * MINUTE);
  const pauses = runs.slice(1).map((at, index) => at - runs[index]!);
  expect(pauses).toEqual([30, 60, 120, 240, 480, 600, 600]);
  outcome = 'good';
  await clock.advance(10 * MINUTE);
  const count = runs.length;
  await clock.advance(120 * MINUTE);
  expect(runs).toHaveLength(count);
  // The next failure begins anew.
  outcome = 'away';
  schedule.want();
  await clock.advance(2 * MINUTE);
  expect(runs.length).toBeGreaterThan(count + 1);
});

test('new backups do not hasten it while the storage is away, but a person who comes back does', async () => {
  outcome = 'away';
  schedule.want();
  await clock.advance(17 * MINUTE);
  const count = runs.length;
  schedule.want();
  await clock.advance(MINUTE);
  expect(runs).toHaveLength(count);
  schedule.hurry();
  await clock.advance(0);
  expect(runs).toHaveLength(count + 1);
  // Not again and again.
  schedule.hurry();
  await clock.advance(SECOND);
  expect(runs).toHaveLength(count + 1);
});

test('what time does not mend is tried once in an interval', async () => {
  outcome = 'failed';
  schedule.want();
  await clock.advance(3 * 60 * MINUTE);
  expect(runs).toEqual([60, 3660, 7260]);
});

test('a run that was given up goes on soon', async () => {
  outcome = 'again';
  schedule.want();
  await clock.advance(2 * MINUTE);
  expect(runs).toEqual([60, 90, 120]);
});

test('what comes while one runs comes into the next', async () => {
  const running = Promise.withResolvers<RunOutcome>();
  outcome = running.promise;
  schedule.want();
  await clock.advance(5 * MINUTE);
  schedule.want();
  await clock.advance(90 * MINUTE);
  expect(runs).toEqual([60]);
  running.resolve('good');
  outcome = 'good';
  await clock.advance(61 * MINUTE);
  expect(runs).toEqual([60, 95 * 60 + 60 * 60]);
});

test('an interval of 0 switches it off, and another takes effect at once', async () => {
  interval = 0;
  schedule.want();
  await clock.advance(600 * MINUTE);
  expect(runs).toEqual([]);
  interval = 2 * SECOND;
  schedule.wait();
  await clock.advance(2 * SECOND);
  expect(runs).toHaveLength(1);
});

test('a machine that slept does it when it wakes', async () => {
  schedule.want();
  await clock.suspend(5 * 60 * MINUTE);
  expect(runs).toEqual([18_000]);
});

test('what was done otherwise is not done again, and nothing comes after the end', async () => {
  outcome = 'away';
  schedule.want();
  await clock.advance(2 * MINUTE);
  const count = runs.length;
  schedule.settle();
  await clock.advance(600 * MINUTE);
  expect(runs).toHaveLength(count);
  schedule.want();
  schedule.clear();
  await clock.advance(600 * MINUTE);
  expect(runs).toHaveLength(count);
});
