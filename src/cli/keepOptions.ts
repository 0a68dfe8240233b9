import type { Command } from 'commander';
import {
  checkPolicy,
  formatDuration,
  parseDuration,
  parseKeepCount,
  parseTagList,
  type CalendarDuration,
  type ForgetPolicy,
  type TagList,
} from '../engine/index.ts';

/** The options that {@link addKeepOptions} adds. */
export interface KeepOptions {
  readonly keepLast?: number;
  readonly keepHourly?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly keepYearly?: number;
  readonly keepWithin?: CalendarDuration;
  readonly keepWithinHourly?: CalendarDuration;
  readonly keepWithinDaily?: CalendarDuration;
  readonly keepWithinWeekly?: CalendarDuration;
  readonly keepWithinMonthly?: CalendarDuration;
  readonly keepWithinYearly?: CalendarDuration;
  readonly keepTag?: TagList[];
}

const letters = { hourly: 'H', daily: 'd', weekly: 'w', monthly: 'm', yearly: 'y' } as const;
const withinOf = {
  hourly: 'keepWithinHourly',
  daily: 'keepWithinDaily',
  weekly: 'keepWithinWeekly',
  monthly: 'keepWithinMonthly',
  yearly: 'keepWithinYearly',
} as const;
const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** Adds restic's rules of what is kept; `hasLetters`: with the letters that they have for `forget`. */
export function addKeepOptions(command: Command, { hasLetters = false } = {}): Command {
  const flags = (letter: string, long: string) => (hasLetters ? `-${letter}, ${long}` : long);
  command
    .optionsGroup('What is kept:')
    .option(flags('l', '--keep-last <n>'), 'the newest n snapshots (a number or unlimited)', parseKeepCount);
  for (const period of periods)
    command.option(
      flags(letters[period], `--keep-${period} <n>`),
      `the newest of each of the n newest ${period} periods`,
      parseKeepCount,
    );
  command.option(
    '--keep-within <duration>',
    'all that are younger than this, seen from the newest: 1y5m7d2h',
    parseDuration,
  );
  for (const period of periods)
    command.option(
      `--keep-within-${period} <duration>`,
      `of those that are younger, one for each period`,
      parseDuration,
    );
  return command
    .option('--keep-tag <tags>', 'those with all these tags: a,b (may be repeated)', (text, before: TagList[] = []) => [
      ...before,
      parseTagList(text),
    ])
    .optionsGroup('');
}

/** The policy that the options describe; undefined if none was given. Throws `usage` if it says nothing. */
export function keepPolicy(options: KeepOptions): ForgetPolicy | undefined {
  const policy: ForgetPolicy = {
    ...(options.keepLast !== undefined && { last: options.keepLast }),
    ...(options.keepHourly !== undefined && { hourly: options.keepHourly }),
    ...(options.keepDaily !== undefined && { daily: options.keepDaily }),
    ...(options.keepWeekly !== undefined && { weekly: options.keepWeekly }),
    ...(options.keepMonthly !== undefined && { monthly: options.keepMonthly }),
    ...(options.keepYearly !== undefined && { yearly: options.keepYearly }),
    ...(options.keepWithin && { within: options.keepWithin }),
    ...(options.keepWithinHourly && { withinHourly: options.keepWithinHourly }),
    ...(options.keepWithinDaily && { withinDaily: options.keepWithinDaily }),
    ...(options.keepWithinWeekly && { withinWeekly: options.keepWithinWeekly }),
    ...(options.keepWithinMonthly && { withinMonthly: options.keepWithinMonthly }),
    ...(options.keepWithinYearly && { withinYearly: options.keepWithinYearly }),
    ...(options.keepTag && { tags: options.keepTag }),
  };
  if (Object.keys(policy).length === 0) return undefined;
  checkPolicy(policy);
  return policy;
}

/** The options as arguments again, for a command that another program starts. Throws as {@link keepPolicy}. */
export function keepArguments(options: KeepOptions): string[] {
  const { last, within, tags = [], ...policy } = keepPolicy(options) ?? {};
  const counts = [['last', last] as const, ...periods.map((period) => [period, policy[period]] as const)];
  const durations = [
    ['within', within] as const,
    ...periods.map((period) => [`within-${period}`, options[withinOf[period]]] as const),
  ];
  return [
    ...counts.flatMap(([name, n]) => (n === undefined ? [] : [`--keep-${name}=${n < 0 ? 'unlimited' : n}`])),
    ...durations.flatMap(([name, duration]) =>
      duration === undefined ? [] : [`--keep-${name}=${formatDuration(duration) || '0h'}`],
    ),
    ...tags.map((list) => `--keep-tag=${list.join(',')}`),
  ];
}
