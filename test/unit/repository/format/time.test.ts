import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as time from '../../../../src/repository/format/time.ts';
import restic from './resticTimes.json' with { type: 'json' };
import { thrownCode } from './thrownCode.ts';
import { setZone } from './zone.ts';

const importTime = () => import('../../../../src/repository/format/time.ts');
const zones = Object.entries(restic.zones) as [string, Record<string, string>][];
const instants = restic.instants as Record<string, string>;

describe('formatTime', () => {
  test.each(zones)('writes what restic writes in %s', async (zone, expected) => {
    setZone(zone);
    const { formatTime } = await importTime();
    for (const [name, text] of Object.entries(expected))
      expect([name, formatTime(BigInt(instants[name]!))]).toEqual([name, text]);
  });

  test.each([
    [0n, '1970-01-01T00:00:00Z'],
    [1n, '1970-01-01T00:00:00.000000001Z'],
    [120_000_000n, '1970-01-01T00:00:00.12Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [-86_400_000_000_001n, '1969-12-30T23:59:59.999999999Z'],
    [951_782_400_000_000_000n, '2000-02-29T00:00:00Z'],
    [-(10n ** 25n), '0000'],
    [10n ** 25n, '9999'],
  ])('writes %i', async (instant, text) => {
    setZone('UTC');
    const { formatTime } = await importTime();
    expect(formatTime(instant).slice(0, text.length)).toBe(text);
  });

  test.each(['America/St_Johns', 'Asia/Kathmandu', 'Europe/Berlin', 'Africa/Casablanca', 'Pacific/Apia', 'UTC'])(
    'and parseTime are inverse in %s, and agree with Intl about the clock',
    async (zone) => {
      setZone(zone);
      const { formatTime, formatTimeFromParts, parseTime, parseTimeToParts } = await importTime();
      const intl = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
      // From 1972, when the last zone had given up seconds in its offset.
      const seconds = fc.oneof(fc.integer({ min: 63_072_000, max: 2 ** 32 }), fc.integer({ min: 1.6e9, max: 1.7e9 }));
      fc.assert(
        fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (second, nanosecond) => {
          const instant = BigInt(second) * 1_000_000_000n + BigInt(nanosecond);
          const text = formatTime(instant);
          expect(parseTime(text)).toBe(instant);
          expect(formatTimeFromParts(second, nanosecond)).toBe(text);
          expect(parseTimeToParts(text)).toEqual({ seconds: second, nanoseconds: nanosecond });
          expect(text.slice(0, 19).replace('T', ' ')).toBe(intl.format(second * 1000));
        }),
      );
    },
  );

  test('finds the very second at which a clock changes', async () => {
    setZone('Europe/Berlin');
    const { formatTimeFromParts } = await importTime();
    const change = Date.UTC(2024, 2, 31, 1) / 1000;
    expect(formatTimeFromParts(change - 1, 0)).toBe('2024-03-31T01:59:59+01:00');
    expect(formatTimeFromParts(change, 0)).toBe('2024-03-31T03:00:00+02:00');
    expect(formatTimeFromParts(change + 86_400, 0)).toBe('2024-04-01T03:00:00+02:00');
    expect(formatTimeFromParts(change - 1, 5e8)).toBe('2024-03-31T01:59:59.5+01:00');
  });
});

describe('parseTime', () => {
  test.each([
    ['2025-01-06T01:00:00+05:30', Date.UTC(2025, 0, 5, 19, 30)],
    ['2025-01-05T23:00:00-03:30', Date.UTC(2025, 0, 6, 2, 30)],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    ['0000-02-29T00:00:00Z', -62_162_121_600_000],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ])('reads %s', (text, milliseconds) => {
    expect(time.parseTime(text)).toBe(BigInt(milliseconds) * 1_000_000n);
    expect(time.isTimeText(text)).toBe(true);
  });

  test.each([
    '',
    '2025-01-06',
    '2025-01-06T01:00:00',
    '2025-01-06 01:00:00Z',
    '2025-01-06t01:00:00z',
    '25-01-06T01:00:00Z',
    '2025-00-06T01:00:00Z',
    '2025-13-06T01:00:00Z',
    '2025-01-32T01:00:00Z',
    '2025-02-29T01:00:00Z',
    '2024-02-30T01:00:00Z',
    '2025-01-06T24:00:00Z',
    '2025-01-06T01:60:00Z',
    '2025-01-06T01:00:60Z',
    '2025-01-06T01:00:00.Z',
    '2025-01-06T01:00:00,5Z',
    '2025-01-06T01:00:00.1234567890Z',
    '2025-01-06T01:00:00+0530',
    '2025-01-06T01:00:00+24:00',
    '2025-01-06T01:00:00+05:60',
    ' 2025-01-06T01:00:00Z',
    '2025-01-06T01:00:00Z\n',
    `2025-01-06T01:00:00.${'0'.repeat(100_000)}Z`,
  ])('refuses %j', (text) => {
    expect(thrownCode(() => time.parseTime(text))).toBe('repository-damaged');
    expect(thrownCode(() => time.wallClock(text))).toBe('repository-damaged');
  });
});

describe('wallClock', () => {
  test.each([
    ['2024-12-29T23:30:00Z', [2024, 12, 29, 23, 30, 0, 2024, 52]],
    ['2024-12-30T00:30:00Z', [2024, 12, 30, 0, 30, 0, 2025, 1]],
    ['2025-01-06T01:00:00+05:30', [2025, 1, 6, 1, 0, 0, 2025, 2]],
    ['2021-01-03T12:34:56.7-11:00', [2021, 1, 3, 12, 34, 56, 2020, 53]],
    ['2020-12-31T00:00:00Z', [2020, 12, 31, 0, 0, 0, 2020, 53]],
    ['2016-01-01T00:00:00Z', [2016, 1, 1, 0, 0, 0, 2015, 53]],
    ['2018-01-01T00:00:00Z', [2018, 1, 1, 0, 0, 0, 2018, 1]],
    ['1969-12-28T00:00:00Z', [1969, 12, 28, 0, 0, 0, 1969, 52]],
    ['1969-12-29T00:00:00Z', [1969, 12, 29, 0, 0, 0, 1970, 1]],
    ['0000-01-01T00:00:00Z', [0, 1, 1, 0, 0, 0, -1, 52]],
  ])('reads %s', (text, [year, month, day, hour, minute, second, isoYear, isoWeek]) => {
    expect(time.wallClock(text)).toEqual({ year, month, day, hour, minute, second, isoYear, isoWeek });
  });
});
