/**
 * Times as the repository holds them: RFC 3339 with up to nine digits of fraction and the offset of
 * the zone in which they were written (format notes 7.6). Instants are nanoseconds since 1970 as
 * bigints, or whole seconds and nanoseconds as two numbers where many are handled.
 */
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';

const secondsPerDay = 86_400;
/** 400 years: after them the calendar, weekdays included, begins anew. */
const secondsPerCycle = 146_097 * secondsPerDay;
const nanosPerSecond = 1_000_000_000n;

/** The first second of the year 0, and of the year 10000. */
const minimumSeconds = daysFromCivil(0, 1, 1) * secondsPerDay;
const endSeconds = daysFromCivil(10_000, 1, 1) * secondsPerDay;

/** Go's zero time: what stands where a time was never set. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** A time's own date and clock, in the zone that its text names. */
export interface WallClock {
  readonly year: number;
  /** 1…12 */
  readonly month: number;
  /** 1…31 */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** The year to which the ISO 8601 week belongs. */
  readonly isoYear: number;
  /** 1…53 */
  readonly isoWeek: number;
}

/**
 * The instant as text in the time zone of this process. Years outside 0…9999 are clamped, the rest
 * of the date is kept.
 */
export function formatTime(nanoseconds: bigint): string {
  // One division of bigints less; a float is off by so little that only the neighbouring second can be meant.
  let seconds = Math.floor(Number(nanoseconds) / 1e9);
  let fraction = Number(nanoseconds - BigInt(seconds) * nanosPerSecond);
  if (fraction < 0) {
    seconds--;
    fraction += 1e9;
  } else if (fraction >= 1e9) {
    seconds++;
    fraction -= 1e9;
  }
  return formatTimeFromParts(seconds, fraction);
}

/** As {@link formatTime}, for whole seconds since 1970 (rounded down) and nanoseconds 0…999999999. */
export function formatTimeFromParts(seconds: number, nanoseconds: number): string {
  const offset = zoneOffset(seconds);
  const local = seconds + offset;
  if (local < minimumSeconds || local >= endSeconds) return formatClamped(local, nanoseconds);
  return formatLocal(local, nanoseconds, offset);
}

/** Text for seconds of the local clock; `offset` is local time minus UTC in seconds. */
function formatLocal(local: number, nanoseconds: number, offset: number): string {
  const day = Math.floor(local / secondsPerDay);
  const time = local - day * secondsPerDay;
  const hour = Math.floor(time / 3600);
  const minute = Math.floor(time / 60) % 60;
  return `${dateText(day)}T${twoDigits[hour]}:${twoDigits[minute]}:${twoDigits[time % 60]}${fractionText(nanoseconds)}${offsetText(offset)}`;
}

/** As restic does it: the year alone is replaced, then date and clock are looked up in the zone anew. */
function formatClamped(local: number, nanoseconds: number): string {
  const year = local < minimumSeconds ? 0 : 9999;
  const inCycle = modulo(local, secondsPerCycle);
  const day = Math.floor(inCycle / secondsPerDay);
  const date = new Date(day * secondsPerDay * 1000);
  const clamped =
    daysFromCivil(year, date.getUTCMonth() + 1, date.getUTCDate()) * secondsPerDay + (inCycle - day * secondsPerDay);
  return formatLocal(clamped, nanoseconds, zoneOffset(clamped - zoneOffset(clamped)));
}

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

function fractionText(nanoseconds: number): string {
  if (nanoseconds === 0) return '';
  const digits = String(nanoseconds).padStart(9, '0');
  let end = 9;
  while (digits.charCodeAt(end - 1) === 0x30) end--;
  return `.${digits.slice(0, end)}`;
}

/** `Z` or ±hh:mm, what is left of a minute cut off. */
function offsetText(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.trunc(offset / 60);
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${twoDigits[Math.floor(size / 60)]}:${twoDigits[size % 60]}`;
}

/** Bound of the two memories below; far more days than the files of most repositories have. */
const rememberedDays = 20_000;
const dates = new Map<number, string>();
let lastDateDay = NaN;
let lastDate = '';

/** yyyy-mm-dd of a day counted from 1970, in the years 0…9999. */
function dateText(day: number): string {
  if (day === lastDateDay) return lastDate;
  let text = dates.get(day);
  if (text === undefined) {
    text = new Date(day * secondsPerDay * 1000).toISOString().slice(0, 10);
    if (dates.size >= rememberedDays) dates.clear();
    dates.set(day, text);
  }
  lastDateDay = day;
  return (lastDate = text);
}

const dayOffsets = new Map<number, number>();
let lastOffsetDay = NaN;
let lastOffset = 0;

/**
 * Local time minus UTC in seconds. Remembered for each day whose ends have the same offset: no zone
 * has changed its clock and changed it back within a day (the shortest such time was four days).
 */
function zoneOffset(seconds: number): number {
  const day = Math.floor(seconds / secondsPerDay);
  if (day !== lastOffsetDay) {
    let offset = dayOffsets.get(day);
    if (offset === undefined) {
      const atStart = findZoneOffset(day * secondsPerDay);
      offset = atStart === findZoneOffset((day + 1) * secondsPerDay) ? atStart : NaN;
      if (dayOffsets.size >= rememberedDays) dayOffsets.clear();
      dayOffsets.set(day, offset);
    }
    lastOffsetDay = day;
    lastOffset = offset;
  }
  return Number.isNaN(lastOffset) ? findZoneOffset(seconds) : lastOffset;
}

function findZoneOffset(seconds: number): number {
  // A Date reaches some 270,000 years; outside 0…9999 a year serves that has the same calendar.
  const known = seconds >= minimumSeconds && seconds < endSeconds;
  const instant = known ? seconds : modulo(seconds, secondsPerCycle) + (seconds < 0 ? -4 : 19) * secondsPerCycle;
  const date = new Date(instant * 1000);
  const days = daysFromCivil(date.getFullYear(), date.getMonth() + 1, date.getDate());
  const clock = date.getHours() * 3600 + date.getMinutes() * 60 + date.getSeconds();
  // `Date.getTimezoneOffset` knows whole minutes only; before 1900 or so, local clocks had seconds of their own.
  return days * secondsPerDay + clock - instant;
}

/** Days from 1970-01-01 to a date of the Gregorian calendar. */
function daysFromCivil(year: number, month: number, day: number): number {
  // Date.UTC takes years below 100 as 19xx, so the year is moved by whole cycles of 400 years.
  return Date.UTC(year + 400, month - 1, day) / 86_400_000 - 146_097;
}

function modulo(value: number, by: number): number {
  return value - Math.floor(value / by) * by;
}

const timePattern =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** True for text of the right form. Only the number of days in its month is not looked at. */
export function isTimeText(text: string): boolean {
  return text.length <= 35 && timePattern.test(text);
}

/** Nanoseconds since 1970. Throws `repository-damaged` for anything but a time as restic writes it. */
export function parseTime(text: string): bigint {
  const { seconds, nanoseconds } = parseTimeToParts(text);
  return BigInt(seconds) * nanosPerSecond + BigInt(nanoseconds);
}

/**
 * As {@link parseTime}, but undefined for a date that its month does not have: the one thing that no
 * reader of trees looks at, and only a damaged or hostile repository holds.
 */
export function tryParseTime(text: string): bigint | undefined {
  try {
    return parseTime(text);
  } catch {
    return undefined;
  }
}

/** As {@link parseTime}, as whole seconds since 1970 (rounded down) and nanoseconds 0…999999999. */
export function parseTimeToParts(text: string): { seconds: number; nanoseconds: number } {
  const clock = readDay(text) * secondsPerDay + digits(text, 11) * 3600 + digits(text, 14) * 60 + digits(text, 17);
  const zone = text.endsWith('Z') ? text.length - 1 : text.length - 6;
  const offset = text.endsWith('Z') ? 0 : digits(text, zone + 1) * 3600 + digits(text, zone + 4) * 60;
  return {
    seconds: text[zone] === '-' ? clock + offset : clock - offset,
    nanoseconds: zone === 19 ? 0 : Number(text.slice(20, zone).padEnd(9, '0')),
  };
}

/** The date and clock that stand in the text, without any conversion. Throws as {@link parseTime}. */
export function wallClock(text: string): WallClock {
  const today = readDay(text);
  const year = readYear(text);
  // 1970-01-01 was a Thursday, and a week belongs to the year that has its Thursday.
  const thursday = today - modulo(today + 3, 7) + 3;
  const isoYear = new Date(thursday * secondsPerDay * 1000).getUTCFullYear();
  return {
    year,
    month: digits(text, 5),
    day: digits(text, 8),
    hour: digits(text, 11),
    minute: digits(text, 14),
    second: digits(text, 17),
    isoYear,
    isoWeek: Math.floor((thursday - daysFromCivil(isoYear, 1, 1)) / 7) + 1,
  };
}

/** The date of the text as days from 1970. Throws unless the whole text is a time. */
function readDay(text: string): number {
  if (isTimeText(text)) {
    const year = readYear(text);
    const month = digits(text, 5);
    const day = digits(text, 8);
    const days = daysFromCivil(year, month, day);
    if (day <= 28 || days < daysFromCivil(year, month + 1, 1)) return days;
  }
  const shown = displayPath(text.slice(0, 64));
  throw new CairnError('repository-damaged', `The repository holds the time "${shown}", which is none.`);
}

function readYear(text: string): number {
  return digits(text, 0) * 100 + digits(text, 2);
}

/** The number that two digits make. */
function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;
}
