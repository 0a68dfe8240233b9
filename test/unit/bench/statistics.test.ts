import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { growthExponent, median, percentile, rotate } from '../../../bench/statistics.ts';

describe('median', () => {
  test.each([
    { values: [3], expected: 3 },
    { values: [10, 9, 100], expected: 10 },
    { values: [4, 1, 3, 2], expected: 2.5 },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  test('of nothing is not known', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
  test.each([
    [0, 1],
    [0.5, 50],
    [0.95, 95],
    [0.951, 96],
    [1, 100],
  ])('%d of 1 to 100 is %d', (part, expected) => expect(percentile(hundred, part)).toBe(expected));

  test('of nothing is not known', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});

describe('growthExponent', () => {
  const property = fc.property(
    fc.double({ min: -1, max: 3, noNaN: true }),
    fc.double({ min: 0.001, max: 1000, noNaN: true }),
    (exponent, factor) => {
      const points = [10_000, 100_000, 1_000_000].map((size) => [size, factor * size ** exponent] as const);
      expect(growthExponent(points)).toBeCloseTo(exponent, 6);
    },
  );

  test('finds the exponent of a power', () => {
    fc.assert(property);
  });

  test('is not known for one size', () => {
    expect(growthExponent([[10, 1]])).toBeUndefined();
    expect(growthExponent([])).toBeUndefined();
  });
});

test('rotate gives everybody the first place in turn', () => {
  const rounds = [0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join(''));
  expect(rounds).toEqual(['abc', 'bca', 'cab', 'abc']);
  expect(rotate([], 2)).toEqual([]);
});
