import { describe, expect, test } from 'vitest';
import { parseMoment } from '../../../src/cli/parseMoment.ts';

const nanoseconds = (...local: [number, number, number, number, number, number]) =>
  BigInt(new Date(...local).getTime()) * 1_000_000n;

describe('a local time', () => {
  const cases: [text: string, first: bigint, last: bigint][] = [
    ['2026-01-31', nanoseconds(2026, 0, 31, 0, 0, 0), nanoseconds(2026, 0, 31, 23, 59, 59)],
    ['2026-01-31 17:05', nanoseconds(2026, 0, 31, 17, 5, 0), nanoseconds(2026, 0, 31, 17, 5, 59)],
    ['2026-01-31T17:05:09', nanoseconds(2026, 0, 31, 17, 5, 9), nanoseconds(2026, 0, 31, 17, 5, 9)],
    ['2024-02-29', nanoseconds(2024, 1, 29, 0, 0, 0), nanoseconds(2024, 1, 29, 23, 59, 59)],
  ];
  test.each(cases)('%s', (text, first, last) => {
    expect(parseMoment(text, 'first')).toBe(first);
    expect(parseMoment(text, 'last')).toBe(last + 999_999_999n);
  });

  test.each(['', 'yesterday', '2026-02-30', '2026-13-01', '31.1.2026', '2026-01-31 17', '2026-01-31 25:00'])(
    'not %j',
    (text) => {
      expect(() => parseMoment(text, 'first')).toThrow('Give a local time');
    },
  );
});
