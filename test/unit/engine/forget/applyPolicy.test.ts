import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPolicy } from '../../../../src/engine/forget/applyPolicy.ts';
import { parseDuration } from '../../../../src/engine/forget/duration.ts';
import { planForget } from '../../../../src/engine/forget/planForget.ts';
import { DEFAULT_POLICY, PERIODS } from '../../../../src/engine/forget/policy.ts';
import type { ForgetPolicy } from '../../../../src/engine/forget/policy.ts';
import { parseTime } from '../../../../src/repository/format/time.ts';
import { parsePolicyArguments } from '../../../helpers/policyArguments.ts';
import { entry, NOW } from './forgetFixtures.ts';

/** Restic's rules alone. */
const BARE = { now: NOW, protectKeepTag: false, protectNewest: false };
/** Restic 0.14's rules alone. */
const OLD = { ...BARE, keepOldest: false };

/** Applies a policy to snapshots given by their times and gives time → reasons of what is kept. */
function kept(times: readonly string[], policy: ForgetPolicy, options = BARE): Record<string, readonly string[]> {
  const { keep } = applyPolicy(
    times.map((time) => entry(time)),
    policy,
    options,
  );
  return Object.fromEntries(keep.map(({ entry, reasons }) => [entry.snapshot.time, reasons]));
}

describe('vectors of restic 0.14', () => {
  const url = new URL('../../../fixtures/restic/forget.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(url, 'utf8')) as {
    snapshots: { time: string; tags: string[] }[];
    policies: { args: string; kept_times: string[] }[];
  };
  const entries = vectors.snapshots.map(({ time, tags }) => entry(time, { tags }));

  test.each(vectors.policies)('$args', ({ args, kept_times }) => {
    const { keep, remove } = applyPolicy(entries, parsePolicyArguments(args), OLD);
    expect(keep.map(({ entry }) => entry.snapshot.time)).toEqual(kept_times);
    expect(remove).toHaveLength(entries.length - kept_times.length);
  });
});

describe('keepOldest', () => {
  const times = ['2025-01-03T10:00:00Z', '2025-01-02T10:00:00Z', '2025-01-01T22:00:00Z', '2025-01-01T10:00:00Z'];

  test('a counter with something left keeps the oldest too', () => {
    expect(kept(times, { daily: 5 })).toEqual({
      [times[0]!]: ['daily snapshot'],
      [times[1]!]: ['daily snapshot'],
      [times[2]!]: ['daily snapshot'],
      [times[3]!]: ['oldest daily snapshot'],
    });
    expect(kept(times, { daily: 5 }, OLD)).not.toHaveProperty([times[3]!]);
  });

  test('a spent counter does not', () => {
    expect(kept(times, { daily: 3 })).not.toHaveProperty([times[3]!]);
  });

  test('each rule with something left says so', () => {
    expect(kept(times, { daily: 2, monthly: 2, yearly: 3 })[times[3]!]).toEqual([
      'oldest monthly snapshot',
      'oldest yearly snapshot',
    ]);
  });

  test('a period window keeps it only within its reach', () => {
    expect(kept(times, { withinDaily: parseDuration('3d') })[times[3]!]).toEqual(['oldest daily within 3d']);
    expect(kept(times, { withinDaily: parseDuration('2d') })).not.toHaveProperty([times[3]!]);
  });

  test('the only snapshot is kept for its own sake', () => {
    expect(kept(times.slice(0, 1), { daily: 5 })).toEqual({ [times[0]!]: ['daily snapshot'] });
  });
});

describe('periods', () => {
  test('follow the wall clock of the zone in which each time was written', () => {
    // Both are the same hour in UTC, and days apart by the wall clock.
    const times = ['2025-01-02T00:30:00+05:30', '2025-01-01T23:59:00+05:00'];
    expect(Object.keys(kept(times, { daily: 2 }, OLD))).toHaveLength(2);
    expect(Object.keys(kept(['2025-01-01T19:00:00Z', '2025-01-01T18:59:00Z'], { daily: 2 }, OLD))).toHaveLength(1);
  });

  test('an hour that comes twice at the end of summer time counts once', () => {
    const times = ['2024-10-27T02:30:00+01:00', '2024-10-27T02:30:00+02:00'];
    expect(Object.keys(kept(times, { hourly: 5 }, OLD))).toEqual(times.slice(0, 1));
  });

  test.each([
    ['2024-12-30T00:00:00Z', '2025-01-05T23:59:59Z', 1],
    ['2024-12-29T23:59:59Z', '2024-12-30T00:00:00Z', 2],
    ['2020-12-31T00:00:00Z', '2021-01-03T00:00:00Z', 1],
    ['2021-01-03T00:00:00Z', '2021-01-04T00:00:00Z', 2],
    ['2023-01-01T00:00:00Z', '2022-12-31T00:00:00Z', 1],
    ['0000-01-03T00:00:00Z', '0000-01-09T00:00:00Z', 1],
    ['0000-01-02T00:00:00Z', '0000-01-03T00:00:00Z', 2],
  ])('ISO weeks: %s and %s are %i', (first, second, weeks) => {
    expect(Object.keys(kept([first, second], { weekly: 9 }, OLD))).toHaveLength(weeks);
  });
});

describe('windows', () => {
  test('do not keep a snapshot at their very start', () => {
    const times = ['2025-01-02T10:00:00Z', '2025-01-01T10:00:00.000000001Z', '2025-01-01T10:00:00Z'];
    expect(Object.keys(kept(times, { within: parseDuration('1d') }))).toEqual(times.slice(0, 2));
  });

  test('reach back from the newest snapshot that is not in the future', () => {
    const times = ['2030-01-01T00:00:00Z', '2025-01-02T10:00:00Z', '2025-01-01T09:00:00Z'];
    const now = parseTime('2025-06-01T00:00:00Z');
    expect(Object.keys(kept(times, { within: parseDuration('1d') }, { ...BARE, now }))).toEqual(times.slice(0, 2));
  });

  test('keep everything if all snapshots are in the future', () => {
    const times = ['2025-01-02T10:00:00Z', '2020-01-01T09:00:00Z'];
    expect(Object.keys(kept(times, { within: parseDuration('1h') }, { ...BARE, now: 0n }))).toEqual(times);
  });
});

describe('reasons and counters', () => {
  test('stand in the order of restic, with what is left after each snapshot', () => {
    const entries = [entry('2025-01-02T10:00:00Z'), entry('2025-01-01T10:00:00Z', { tags: ['b', 'a'] })];
    const policy = parsePolicyArguments(
      '--keep-last 1 --keep-within-daily 3d --keep-tag a,b --keep-tag  --keep-yearly 4 --keep-within 1h --keep-monthly unlimited',
    );
    const { keep } = applyPolicy(entries, policy, OLD);
    expect(keep.map(({ reasons, counters }) => ({ reasons, counters }))).toEqual([
      {
        reasons: [
          'has tags []',
          'within 1h',
          'last snapshot',
          'monthly snapshot',
          'yearly snapshot',
          'daily within 3d',
        ],
        counters: { yearly: 3, monthly: -1 },
      },
      { reasons: ['has tags [a, b]', 'daily within 3d'], counters: { yearly: 3, monthly: -1 } },
    ]);
  });

  test('snapshots of equal time keep their order', () => {
    const entries = ['a', 'b', 'c'].map((hostname) => entry('2025-01-01T10:00:00Z', { hostname }));
    const { keep, remove } = applyPolicy(entries, { daily: 1 }, OLD);
    expect(keep[0]?.entry.snapshot.hostname).toBe('a');
    expect(remove.map(({ snapshot }) => snapshot.hostname)).toEqual(['b', 'c']);
  });
});

describe('protection', () => {
  const entries = [
    entry('2025-01-03T10:00:00Z'),
    entry('2025-01-02T10:00:00Z', { tags: ['x'] }),
    entry('2025-01-01T10:00:00Z', { tags: ['save', 'keep'] }),
    entry('2024-01-01T10:00:00Z'),
  ];

  test('the newest and those tagged keep stay, and say why', () => {
    const { keep, remove } = applyPolicy(entries, { tags: [['x']] }, { now: NOW });
    expect(keep.map(({ reasons }) => reasons)).toEqual([
      ['newest snapshot of its group'],
      ['has tags [x]'],
      ['protected by tag keep'],
    ]);
    expect(remove).toEqual([entries[3]]);
  });

  test('takes nothing from the counters', () => {
    const { keep } = applyPolicy(entries, { last: 2 }, { now: NOW });
    expect(keep.map(({ reasons }) => reasons)).toEqual([
      ['last snapshot', 'newest snapshot of its group'],
      ['last snapshot'],
      ['protected by tag keep'],
    ]);
  });

  test('holds in each group', () => {
    const mixed = [...entries, entry('2020-01-01T00:00:00Z', { hostname: 'other' })];
    const groups = planForget(mixed, { tags: [['x']] }, { now: NOW });
    expect(groups.map(({ key, keep }) => [key.host, keep.length])).toEqual([
      ['host', 3],
      ['other', 1],
    ]);
  });

  test('is no reason to remove the rest of a group of which no rule keeps anything', () => {
    const plan = () => planForget(entries, { tags: [['none']] }, { now: NOW });
    expect(plan).toThrow(expect.objectContaining({ code: 'refused' }));
    expect(plan).toThrow(/No rule keeps any of the snapshots with host host, paths \/work, .* none\./);
  });

  test('a policy without a rule is refused, not taken for "remove all"', () => {
    expect(() => applyPolicy(entries, {}, { now: NOW })).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => planForget([], { last: 0 }, { now: NOW })).toThrow(/--keep-last/);
    expect(() => planForget([], { last: -2 }, { now: NOW })).toThrow(/-2 is not a number of last snapshots/);
  });

  test('no snapshots, no trouble', () => {
    expect(applyPolicy([], { last: 1 }, { now: NOW })).toEqual({ keep: [], remove: [] });
  });
});

test('the default policy thins a year of snapshots every ten minutes as it says', () => {
  const end = Date.UTC(2025, 5, 30, 12);
  const entries = Array.from({ length: 6 * 24 * 400 }, (_, i) => entry(new Date(end - i * 600_000).toISOString()));
  const { keep } = applyPolicy(entries, DEFAULT_POLICY, { now: NOW });
  const ages = keep.map((kept) => (end - Date.parse(kept.entry.snapshot.time)) / 86_400_000);
  const between = (from: number, to: number) => ages.filter((age) => age >= from && age < to).length;
  expect(between(0, 1)).toBe(6 * 24);
  expect(between(1, 7)).toBe(6 * 24);
  expect(between(7, 30)).toBe(23);
  expect(between(31, 366)).toBe(48);
  expect(between(366, 1000)).toBe(0);
});

test('properties: nothing is lost or invented, and a larger counter keeps no less', () => {
  const times = fc.array(fc.date({ min: new Date(0), max: new Date(2e12), noInvalidDate: true }), { maxLength: 60 });
  fc.assert(
    fc.property(times, fc.constantFrom(...PERIODS), fc.nat(20), fc.boolean(), (dates, period, count, keepOldest) => {
      const entries = dates.map((date) => entry(date.toISOString()));
      const apply = (n: number) => applyPolicy(entries, { [period]: n, tags: [['none']] }, { ...BARE, keepOldest });
      const { keep, remove } = apply(count);
      const all = [...keep.map((kept) => kept.entry), ...remove];
      expect(new Set(all)).toEqual(new Set(entries));
      expect(keep.length).toBeLessThanOrEqual(count);
      const more = new Set(apply(count + 1).keep.map((kept) => kept.entry));
      // The oldest may give way to a period between when the counter is just used up by it.
      const lost = keep.filter((kept) => !more.has(kept.entry) && !kept.reasons[0]!.startsWith('oldest'));
      expect(lost).toEqual([]);
    }),
  );
});
