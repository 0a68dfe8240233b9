import { describe, expect, test } from 'vitest';
import {
  checkScheduleName,
  describeTime,
  parseCalendar,
  parsePeriod,
  parseTimeOfDay,
  parseTitle,
  scheduleTitle,
} from '../../../../src/engine/schedule/schedule.ts';

const usage = expect.objectContaining({ code: 'usage' }) as Error;

describe('times', () => {
  test.each([
    ['02:30', 'every day at 02:30'],
    ['2:05', 'every day at 02:05'],
    [' 23:59 ', 'every day at 23:59'],
    ['00:00', 'every day at 00:00'],
  ])('at %j', (text, words) => {
    expect(describeTime(parseTimeOfDay(text))).toBe(words);
  });

  test.each(['', '24:00', '12:60', '12', '1:2', '12:00:00', 'noon', '-1:00'])('not at %j', (text) => {
    expect(() => parseTimeOfDay(text)).toThrow(usage);
  });

  test.each([
    ['15m', 'every 15 minutes'],
    ['1m', 'every 1 minutes'],
    ['60m', 'every 1 h'],
    ['120m', 'every 2 h'],
    ['12h', 'every 12 h'],
  ])('every %j', (text, words) => {
    expect(describeTime(parsePeriod(text))).toBe(words);
  });

  test.each(['', '0m', '7m', '45m', '90m', '5h', '24h', '48h', '1d', '15', 'm', '-15m', '1.5h', '99999m'])(
    'not every %j',
    (text) => {
      expect(() => parsePeriod(text)).toThrow(usage);
    },
  );

  test.each(['Mon..Fri *-*-* 12:00', '0 3 * * 1-5', '*:0/15', 'Sat,Sun 20:00 Europe/Berlin', '*-02~01'])(
    'calendar %j',
    (text) => {
      expect(parseCalendar(text)).toEqual({ kind: 'calendar', expression: text });
    },
  );

  test.each(['', 'daily\nExecStart=/bin/sh', '%h', '* * * * * rm -rf $HOME', '"', 'a'.repeat(201)])(
    'not calendar %j',
    (text) => {
      expect(() => parseCalendar(text)).toThrow(usage);
    },
  );
});

describe('names', () => {
  test.each(['a', 'nightly', 'work-laptop', 'a_b-2', 'a'.repeat(32)])('%j', (name) => {
    expect(() => checkScheduleName(name)).not.toThrow();
    const title = scheduleTitle({ name, time: parseTimeOfDay('02:30'), command: [] });
    expect(parseTitle(`<!-- ${title} -->\n`)).toEqual({ name, description: 'every day at 02:30' });
    expect(parseTitle(`# ${title}`)).toEqual({ name, description: 'every day at 02:30' });
  });

  test.each(['', 'A', 'a b', '../x', 'a.b', '-a', 'a-', 'a--b', 'ä', 'a\n', 'a'.repeat(33)])('not %j', (name) => {
    expect(() => checkScheduleName(name)).toThrow(usage);
  });
});
