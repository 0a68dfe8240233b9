import { expect, test } from 'vitest';
import { groupByDay, type Clock } from '../../../../src/extension/snapshots/groupByDay.ts';

const clock = (now: string, locale = 'en', timeZone = 'UTC'): Clock => ({ now: new Date(now), locale, timeZone });
const labels = (clock: Clock, ...times: string[]) =>
  groupByDay(
    times.map((time) => ({ time })),
    clock,
  ).map(({ label, rows }) => `${label} ${rows.length}`);

test('days are named as a person would', () => {
  expect(
    labels(
      clock('2024-06-12T10:00:00Z'),
      '2024-06-12T09:00:00.123456789Z',
      '2024-06-12T00:00:00Z',
      '2024-06-11T23:59:59Z',
      '2024-06-10T12:00:00Z',
      '2024-06-06T12:00:00Z',
      '2024-06-05T12:00:00Z',
      '2024-01-01T12:00:00Z',
      '2023-12-31T12:00:00Z',
    ),
  ).toEqual([
    'Today 2',
    'Yesterday 1',
    'Monday 1',
    'Thursday 1',
    'Wednesday, June 5 1',
    'Monday, January 1 1',
    'December 31, 2023 1',
  ]);
});

test.each([
  { locale: 'de', expected: ['Heute 1', 'Gestern 1', 'Montag 1', 'Samstag, 1. Juni 1'] },
  { locale: 'fr', expected: ['Aujourd’hui 1', 'Hier 1', 'Lundi 1', 'Samedi 1 juin 1'] },
  { locale: 'ja', expected: ['今日 1', '昨日 1', '月曜日 1', '6月1日土曜日 1'] },
])('in the language of the editor: $locale', ({ locale, expected }) => {
  const times = ['2024-06-12T09:00:00Z', '2024-06-11T09:00:00Z', '2024-06-10T12:00:00Z', '2024-06-01T12:00:00Z'];
  expect(labels(clock('2024-06-12T10:00:00Z', locale), ...times)).toEqual(expected);
});

test.each([
  { zone: 'UTC', expected: ['Today 1', 'Yesterday 1'] },
  { zone: 'Asia/Tokyo', expected: ['Today 2'] },
  { zone: 'America/Los_Angeles', expected: ['Today 1', 'Yesterday 1'] },
])('by the calendar of $zone', ({ zone, expected }) => {
  const times = ['2024-06-12T13:30:00+02:00', '2024-06-11T15:30:00Z'];
  expect(labels(clock('2024-06-12T12:00:00Z', 'en', zone), ...times)).toEqual(expected);
});

test('a day of 23 or 25 hours is one day', () => {
  const spring = clock('2024-04-01T08:00:00Z', 'en', 'Europe/Berlin');
  expect(labels(spring, '2024-03-31T21:30:00Z', '2024-03-30T23:30:00Z', '2024-03-30T22:30:00Z')).toEqual([
    'Yesterday 2',
    'Saturday 1',
  ]);
});

test('a snapshot of tomorrow, by a clock that is ahead, has its date', () => {
  expect(labels(clock('2024-06-12T10:00:00Z'), '2024-06-13T09:00:00Z')).toEqual(['Thursday, June 13 1']);
});
