import { expect, test } from 'vitest';
import { mendTime } from '../../../src/disk/stats.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
/** As Node reads a time on Windows. */
const wrapped = (time: string) => Date.parse(time) + 2 ** 32 * 1000;

test.each(['1902-01-01T00:00:00Z', '1960-01-01T00:00:00.250Z', '1969-12-31T23:59:59Z'])(
  'on Windows, the time %s is read though Node makes it a later one',
  (time) => expect(mendTime(wrapped(time), now)).toBe(Date.parse(time)),
);

test.each(['1970-01-01T00:00:00Z', '2001-02-03T04:05:06Z', '2026-01-02T03:04:05Z', '2037-12-31T23:59:59Z'])(
  '%s is as it is read',
  (time) => expect(mendTime(Date.parse(time), now)).toBe(Date.parse(time)),
);

test('from 2038 on, what is not in the future is as it is read, with a day for clocks that are behind', () => {
  const time = Date.parse('2041-01-01T00:00:00Z');
  for (const then of ['2041-01-01T00:00:01Z', '2040-12-31T00:00:01Z', '2070-01-01T00:00:00Z'])
    expect(mendTime(time, Date.parse(then))).toBe(time);
});
