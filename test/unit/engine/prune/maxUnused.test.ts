import { describe, expect, test } from 'vitest';
import { parseMaxUnused, unusedLimit } from '../../../../src/engine/prune/maxUnused.ts';
import { parseSize } from '../../../../src/engine/prune/parseSize.ts';

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['123', 123],
    [' 5K ', 5 * 1024],
    ['2m', 2 * 1024 ** 2],
    ['7G', 7 * 1024 ** 3],
    ['1T', 1024 ** 4],
    ['1GiB', 1024 ** 3],
    ['3MB', 3 * 1024 ** 2],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', 'x', '-1', '1.5G', '5P', '1 000', '999999999999999T', '1e3'])('"%s" is none', (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});

describe('the limit of what may stay unused', () => {
  test.each([
    ['unlimited', 1000, Infinity],
    ['0%', 1000, 0],
    ['5%', 950, 50],
    ['50%', 1000, 1000],
    ['2.5%', 975, 25],
    ['1K', 5, 1024],
    ['0', 1000, 0],
  ])('%s of %i used bytes', (text, used, limit) => {
    expect(unusedLimit(parseMaxUnused(text), used)).toBeCloseTo(limit, 6);
  });

  test.each(['100%', '250%', '-1%', 'some', '5 percent', ''])('"%s" is none', (text) => {
    expect(() => parseMaxUnused(text)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});
