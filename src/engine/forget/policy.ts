/**
 * Retention: which snapshots of a group are kept. The rules are those of `restic forget` (format
 * notes 10.2). A snapshot is kept if any rule says so, and each rule sees all snapshots:
 *
 * - a **counter** (`last`, `hourly`, …) keeps the newest snapshot of each of the n newest periods
 *   that have one;
 * - a **window** (`within`, `withinHourly`, …) reaches a duration back from the newest snapshot and
 *   keeps all of them, or the newest of each period;
 * - a **tag list** keeps the snapshots that have all of its tags.
 */
import { CairnError } from '../../base/errors.ts';
import { isZeroDuration, parseDuration, type CalendarDuration } from './duration.ts';

/** Tags that belong together: all must be present. `['']` stands for "has no tags". */
export type TagList = readonly string[];

/** The counters and the periods that they count, in the order in which reasons are listed. */
export const PERIODS = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof PERIODS)[number];

/** The windows that keep one snapshot a period, with that period, in the order in which reasons are listed. */
export const PERIOD_WINDOWS = [
  ['withinHourly', 'hourly'],
  ['withinDaily', 'daily'],
  ['withinWeekly', 'weekly'],
  ['withinMonthly', 'monthly'],
  ['withinYearly', 'yearly'],
] as const;

/**
 * A retention policy. An absent rule, a counter of 0 and a duration of zero are switched off; the
 * counter -1 has no limit.
 */
export type ForgetPolicy = {
  readonly [period in Period]?: number;
} & {
  readonly [window in (typeof PERIOD_WINDOWS)[number][0] | 'within']?: CalendarDuration;
} & {
  readonly tags?: readonly TagList[];
};

/**
 * For snapshots that are made without asking: all of the last day, then one an hour for a week, one
 * a day for a month, one a week for a year.
 */
export const DEFAULT_POLICY: ForgetPolicy = {
  within: parseDuration('1d'),
  withinHourly: parseDuration('7d'),
  withinDaily: parseDuration('1m'),
  withinWeekly: parseDuration('1y'),
};

/** Parses the value of `--keep-last` and its like: 0, 1, … or `unlimited` (also -1). Throws `usage`. */
export function parseKeepCount(text: string): number {
  const trimmed = text.trim();
  if (trimmed === 'unlimited' || trimmed === '-1') return -1;
  const count = Number(trimmed);
  if (!/^\d+$/.test(trimmed) || !Number.isSafeInteger(count)) {
    throw new CairnError('usage', `"${text}" is not a number of snapshots. Give 0, 1, 2, … or unlimited.`);
  }
  return count;
}

/** Parses a tag list, `tag[,tag,…]`; the empty text gives `['']`, which matches a snapshot without tags. */
export function parseTagList(text: string): TagList {
  return text.split(',').map((tag) => tag.trim());
}

/** True if no rule is switched on. */
export function isEmptyPolicy(policy: ForgetPolicy): boolean {
  const windows = [policy.within, ...PERIOD_WINDOWS.map(([window]) => policy[window])];
  return (
    PERIODS.every((period) => !policy[period]) &&
    windows.every((duration) => !duration || isZeroDuration(duration)) &&
    !policy.tags?.length
  );
}

/** Throws `usage` for a policy that says nothing, which would leave nothing, and for a counter that is none. */
export function checkPolicy(policy: ForgetPolicy): void {
  if (isEmptyPolicy(policy)) {
    throw new CairnError('usage', 'No rule says what to keep. Give at least one, for example --keep-last 10.');
  }
  for (const period of PERIODS) {
    const count = policy[period] ?? 0;
    if (Number.isInteger(count) && count >= -1) continue;
    throw new CairnError(
      'usage',
      `${count} is not a number of ${period} snapshots. Give 0, 1, 2, … or -1 for no limit.`,
    );
  }
}
