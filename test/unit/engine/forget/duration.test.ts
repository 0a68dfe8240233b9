import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDuration,
  isZeroDuration,
  parseDuration,
  subtractDuration,
} from '../../../../src/engine/forget/duration.ts';
import type { ZoneOffset } from '../../../../src/engine/forget/duration.ts';
import { parseTime } from '../../../../src/repository/format/time.ts';

describe('parseDuration', () => {
  test.each([
    ['1y5m7d2h', { years: 1, months: 5, days: 7, hours: 2 }],
    ['  30d ', { years: 0, months: 0, days: 30, hours: 0 }],
    ['2h1y', { years: 1, months: 0, days: 0, hours: 2 }],
    ['1d2d', { years: 0, months: 0, days: 2, hours: 0 }],
    ['0h', { years: 0, months: 0, days: 0, hours: 0 }],
  ])('reads %j', (text, duration) => {
    expect(parseDuration(text)).toEqual(duration);
  });

  test.each(['', ' ', '7', 'd', '-1d', '1.5d', '1w', '1d ago', '1 d', '1234567d', '1D'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('is the inverse of formatDuration', () => {
    const number = fc.integer({ min: 0, max: 999_999 });
    fc.assert(
      fc.property(fc.record({ years: number, months: number, days: number, hours: number }), (duration) => {
        fc.pre(!isZeroDuration(duration));
        expect(parseDuration(formatDuration(duration))).toEqual(duration);
      }),
    );
  });
});

describe('subtractDuration', () => {
  const check = (time: string, duration: string, expected: string, zone?: ZoneOffset) =>
    expect(subtractDuration(time, parseDuration(duration), zone)).toBe(parseTime(expected));

  test.each([
    ['2025-03-31T12:00:00Z', '1m', '2025-03-03T12:00:00Z'],
    ['2024-03-31T12:00:00Z', '1m', '2024-03-02T12:00:00Z'],
    ['2024-02-29T12:00:00Z', '1y', '2023-03-01T12:00:00Z'],
    ['2025-03-31T12:00:00Z', '1m3d', '2025-02-28T12:00:00Z'],
    ['2025-01-01T00:30:00+05:30', '1h', '2024-12-31T23:30:00+05:30'],
    ['2025-01-01T00:00:00.000000001Z', '1d', '2024-12-31T00:00:00.000000001Z'],
    ['1969-12-31T23:59:59.5Z', '1d', '1969-12-30T23:59:59.5Z'],
    ['2025-05-05T05:05:05Z', '25m', '2023-04-05T05:05:05Z'],
    ['2025-05-05T05:05:05Z', '2000y', '0025-05-05T05:05:05Z'],
  ])('%s less %s', (time, duration, expected) => {
    check(time, duration, expected);
  });

  // Clocks in Berlin went from 02:00+01:00 to 03:00+02:00 on 2024-03-31T01:00:00Z.
  const berlin: ZoneOffset = (seconds) => (seconds < 1_711_846_800 ? 3600 : 7200);

  test.each([
    ['keeps the hour of the day in the local zone', '2024-04-02T10:00:00+02:00', '7d', '2024-03-26T10:00:00+01:00'],
    ['counts hours as real time', '2024-04-02T10:00:00+02:00', '168h', '2024-03-26T09:00:00+01:00'],
    [
      'takes an hour that was skipped for the one after it',
      '2024-04-01T02:30:00+02:00',
      '1d',
      '2024-03-31T03:30:00+02:00',
    ],
    ['leaves other zones at their offset', '2024-04-02T10:00:00+05:30', '7d', '2024-03-26T10:00:00+05:30'],
    ['leaves UTC alone', '2024-04-02T10:00:00Z', '7d', '2024-03-26T10:00:00Z'],
  ])('%s', (_, time, duration, expected) => {
    check(time, duration, expected, berlin);
  });

  test('reaches before every snapshot, however long', () => {
    const start = subtractDuration('9999-12-31T00:00:00Z', parseDuration('999999y999999m999999d999999h'));
    expect(start).toBeLessThan(parseTime('0000-01-01T00:00:00Z'));
  });
});
