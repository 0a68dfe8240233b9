import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../../src/engine/forget/duration.ts';
import { DEFAULT_POLICY, isEmptyPolicy, parseKeepCount, parseTagList } from '../../../../src/engine/forget/policy.ts';

describe('parseKeepCount', () => {
  test.each([
    ['0', 0],
    ['7', 7],
    ['unlimited', -1],
    ['-1', -1],
  ])('reads %j', (text, count) => {
    expect(parseKeepCount(text)).toBe(count);
  });

  test.each(['', '-2', '1.5', 'all', '0x10', '1e3', '99999999999999999999'])('refuses %j', (text) => {
    expect(() => parseKeepCount(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

test.each([
  ['a', ['a']],
  ['a, b ,c', ['a', 'b', 'c']],
  ['', ['']],
])('parseTagList reads %j', (text, tags) => {
  expect(parseTagList(text)).toEqual(tags);
});

describe('isEmptyPolicy', () => {
  test.each([{}, { last: 0 }, { tags: [] }, { within: parseDuration('0d'), withinYearly: parseDuration('0h') }])(
    'is true for %j',
    (policy) => {
      expect(isEmptyPolicy(policy)).toBe(true);
    },
  );

  test.each([{ last: 1 }, { yearly: -1 }, { tags: [['']] }, { withinWeekly: parseDuration('1h') }, DEFAULT_POLICY])(
    'is false for %j',
    (policy) => {
      expect(isEmptyPolicy(policy)).toBe(false);
    },
  );
});
