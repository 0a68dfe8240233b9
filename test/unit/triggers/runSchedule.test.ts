import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunSchedule, type Reason, type Run } from '../../../src/triggers/runSchedule.ts';

let runs: { readonly at: number; readonly run: Run }[];
let outcome: () => Promise<void>;
let schedule: RunSchedule;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  runs = [];
  outcome = () => Promise.resolve();
  schedule = new RunSchedule((run) => {
    runs.push({ at: Math.round(Date.now() / 100) / 10, run });
    return outcome();
  });
});
afterEach(() => vi.useRealTimers());

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
const times: Partial<Record<Reason, [quiet: number, longest: number]>> = {
  save: [2, 15],
  outside: [2, 5],
  commit: [1, 5],
  git: [1, 5],
  editor: [1, 5],
  deletion: [1.5, 3],
};
const commit = { id: 'abc1234', subject: 'Say why' };

function want(reason: Reason): void {
  const [quiet, longest] = times[reason] ?? [0, 0];
  schedule.want({
    reason,
    quiet: quiet * 1000,
    longest: longest * 1000,
    ...(reason === 'outside' && { rest: 10 }),
    ...(reason === 'commit' && { commit }),
  });
}

const kinds = () => runs.map(({ at, run }) => `${at}: ${run.trigger} ${run.scan}`);

test('a save waits for a quiet moment', async () => {
  want('save');
  await pass(1.5);
  want('save');
  await pass(1.9);
  expect(kinds()).toEqual([]);
  await pass(0.1);
  expect(kinds()).toEqual(['3.5: save journal']);
  await pass(100);
  expect(runs).toHaveLength(1);
});

test('saves that never cease wait for the longest delay', async () => {
  for (let second = 0; second < 40; second++) {
    want('save');
    await pass(1);
  }
  expect(kinds()).toEqual(['15: save journal', '30: save journal']);
});

test('of changes from outside, each state that lasts some seconds is kept', async () => {
  for (let at = 0; at < 4; at++) {
    want('outside');
    await pass(4);
  }
  expect(kinds()).toEqual([2, 6, 10, 14].map((at) => `${at}: outside journal`));
});

test('while changes from outside never cease, snapshots are no farther apart than the longest delay', async () => {
  for (let at = 0; at < 21; at += 0.7) {
    want('outside');
    await pass(0.7);
  }
  expect(kinds()).toEqual([5, 10, 15, 20].map((at) => `${at}: outside journal`));
});

test.each([
  [1, [5, 16, 27]],
  [20, [5, 85, 165]],
])('where a snapshot takes %i s, changes from outside wait, at most for a minute', async (seconds, expected) => {
  outcome = () => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (let at = 0; at < 170 && runs.length < 3; at++) {
    want('outside');
    await pass(1);
  }
  expect(runs.map(({ at }) => at)).toEqual(expected);
});

test('after one that took long, a save is no later', async () => {
  outcome = () => new Promise((resolve) => setTimeout(resolve, 3_000));
  want('outside');
  await pass(5);
  want('save');
  want('outside');
  await pass(2);
  expect(kinds()).toEqual(['2: outside journal', '7: save journal']);
});

test.each<[Reason[], string[]]>([
  [['save', 'outside'], ['2: save journal']],
  [['outside'], ['2: outside journal']],
  [['save', 'commit'], ['1: commit full']],
  [['outside', 'commit', 'interval'], ['0: commit full']],
  [['interval'], ['0: schedule full']],
  [['start', 'save'], ['0: save full']],
  [['first'], ['0: schedule full']],
  [['outside', 'deletion'], ['1.5: outside journal']],
  [['git', 'save'], ['1: outside full']],
  [['editor', 'outside'], ['1: save journal']],
])('%s are one snapshot', async (reasons, expected) => {
  for (const reason of reasons) want(reason);
  await pass(100);
  expect(kinds()).toEqual(expected);
});

test('the last of several commits gives the name', async () => {
  schedule.want({ reason: 'commit', quiet: 1000, longest: 5000, commit: { id: '1', subject: 'First' } });
  schedule.want({ reason: 'commit', quiet: 1000, longest: 5000, commit });
  await pass(2);
  expect(runs.map(({ run }) => run.commit)).toEqual([commit]);
});

test('what is wanted during a run is one more run after it', async () => {
  outcome = () => new Promise((resolve) => setTimeout(resolve, 30_000));
  want('save');
  await pass(2);
  for (const reason of ['save', 'commit', 'save', 'outside'] as const) want(reason);
  expect(schedule.isBusy).toBe(true);
  await pass(29);
  expect(kinds()).toEqual(['2: save journal']);
  await pass(100);
  expect(kinds()).toEqual(['2: save journal', '32: commit full']);
  expect(schedule.isBusy).toBe(false);
});

test('what failed is tried again after longer and longer, and with the next wish', async () => {
  outcome = () => Promise.reject(new Error('no'));
  want('commit');
  await pass(1 + 30 + 60 + 120);
  expect(kinds()).toEqual([1, 31, 91, 211].map((at) => `${at}: commit full`));
  want('save');
  outcome = () => Promise.resolve();
  await pass(2);
  expect(runs.at(-1)).toEqual({ at: 213, run: { trigger: 'commit', scan: 'full', commit } });
  await pass(10_000);
  expect(runs).toHaveLength(5);
});

test('what failed can be hurried, and forgotten', async () => {
  outcome = () => Promise.reject(new Error('no'));
  want('interval');
  await pass(1);
  schedule.hurry();
  await pass(1);
  expect(kinds()).toEqual(['0: schedule full', '1: schedule full']);
  schedule.clear();
  await pass(10_000);
  expect(runs).toHaveLength(2);
});

const moment = (label: string, path: string) =>
  ({ label, actor: { kind: 'editor', name: 'delete' }, paths: [path] }) as const;

test('moments that come together are told in one', async () => {
  for (const name of ['a', 'a', 'b'])
    schedule.want({ reason: 'editor', quiet: 1000, longest: 5000, moment: moment(`Deleted ${name}`, `/${name}`) });
  await pass(2);
  expect(runs.map(({ run }) => run.moment)).toEqual([
    { ...moment('Deleted a, Deleted b', '/a'), paths: ['/a', '/a', '/b'] },
  ]);
});

test('what git did is said, whatever else is wanted, and of a commit more', async () => {
  const git = { label: 'git reset to HEAD~1', actor: { kind: 'git', name: 'reset' }, paths: [] } as const;
  const wish = { reason: 'git', quiet: 0, longest: 0, moment: git } as const;
  outcome = () => Promise.reject(new Error('no'));
  schedule.want({ reason: 'editor', quiet: 0, longest: 0, moment: moment('Deleted a', '/a') });
  schedule.want(wish);
  await pass(1);
  outcome = () => Promise.resolve();
  schedule.hurry();
  await pass(1);
  want('commit');
  schedule.want(wish);
  await pass(2);
  expect(runs.map(({ run }) => run.moment)).toEqual([git, git, undefined]);
});

test('one can wait for the next run to end, whatever comes of it', async () => {
  outcome = () => new Promise((_, reject) => setTimeout(() => reject(new Error('no')), 3000));
  want('outside');
  let isDone = false;
  void schedule.finish().then(() => (isDone = true));
  want('interval');
  await pass(2);
  expect(isDone).toBe(false);
  await pass(2);
  expect(isDone).toBe(true);
});
