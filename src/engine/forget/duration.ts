import { CairnError } from '../../base/errors.ts';
import { parseTimeToParts, wallClock, type WallClock } from '../../repository/format/time.ts';

/** A length of time in calendar units, as people give it to retention rules (format notes 10.2). Nothing is negative. */
export interface CalendarDuration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

/**
 * The UTC offset, in seconds east of Greenwich, that a time zone has at an instant given in seconds
 * since 1970. {@link subtractDuration} uses it where a time was written in that zone.
 */
export type ZoneOffset = (epochSeconds: number) => number;

const UNITS = { y: 'years', m: 'months', d: 'days', h: 'hours' } as const;

/**
 * Parses `1y5m7d2h`: any of the units y, m (months), d, h, the last one counting where a unit
 * stands twice. Throws `usage` for anything else, also for nothing at all.
 */
export function parseDuration(text: string): CalendarDuration {
  const trimmed = text.trim();
  if (!/^(\d{1,6}[ymdh])+$/.test(trimmed)) {
    throw new CairnError(
      'usage',
      `"${text}" is not a duration. Give whole numbers with the units y, m, d or h, like 1y5m7d2h.`,
    );
  }
  const duration = { years: 0, months: 0, days: 0, hours: 0 };
  for (const [, number, unit] of trimmed.matchAll(/(\d+)([ymdh])/g)) {
    duration[UNITS[unit as keyof typeof UNITS]] = Number(number);
  }
  return duration;
}

/** The inverse of {@link parseDuration}; units that are 0 are left out, so the empty duration gives ''. */
export function formatDuration(duration: CalendarDuration): string {
  return Object.entries(UNITS)
    .map(([unit, field]) => (duration[field] === 0 ? '' : `${duration[field]}${unit}`))
    .join('');
}

/** True for a duration of nothing, which switches its rule off. */
export function isZeroDuration(duration: CalendarDuration): boolean {
  return formatDuration(duration) === '';
}

/**
 * The instant, in nanoseconds since 1970, that lies `duration` before `time` (RFC 3339). Years,
 * months and days go in one step on the wall clock, overflow carried (31 March less a month is
 * 3 March, or the 2nd in a leap year), then hours as real time. The wall clock is that of the fixed
 * offset in `time`, or, where `localOffset` has that very offset at that instant, of the local zone
 * with its summer time, as restic does it.
 */
export function subtractDuration(time: string, duration: CalendarDuration, localOffset?: ZoneOffset): bigint {
  const { seconds, nanoseconds } = parseTimeToParts(time);
  const clock = wallClock(time);
  const fixedOffset = utcSeconds(clock.year, clock.month, clock.day, clock) - seconds;
  const inLocalZone = !time.endsWith('Z') && localOffset?.(seconds) === fixedOffset;
  const offsetAt = inLocalZone ? localOffset : () => fixedOffset;

  // Every year that a time can have lies within 10,000 years, and more would leave the range of Date.
  const year = clock.year - Math.min(duration.years, 20_000);
  const wall = utcSeconds(year, clock.month - duration.months, clock.day - duration.days, clock);
  // The offset at the result is needed to find the result; a second look corrects the first near a change of the clocks.
  const start = wall - offsetAt(wall - offsetAt(wall)) - duration.hours * 3600;
  return BigInt(start) * 1_000_000_000n + BigInt(nanoseconds);
}

/** The time zone of this process, for {@link subtractDuration}. */
export function localZoneOffset(epochSeconds: number): number {
  return -new Date(epochSeconds * 1000).getTimezoneOffset() * 60;
}

/** Seconds since 1970 of a wall clock read as UTC; months (1…12) and days may lie outside their range. */
function utcSeconds(year: number, month: number, day: number, clock: WallClock): number {
  // Date.UTC takes the years 0…99 for 1900…1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(clock.hour, clock.minute, clock.second);
  return date.getTime() / 1000;
}
