import { expect, test } from 'vitest';
import { parseGrace } from '../../../../src/engine/prune/parseGrace.ts';

const HOUR = 60 * 60_000;

test('days and hours count', () => {
  expect(['24h', '2d12h', ' 7d ', '0'].map(parseGrace)).toEqual([24 * HOUR, 60 * HOUR, 7 * 24 * HOUR, 0]);
});

test.each(['30m', '1m2d'])('of %s it is said that minutes cannot be given', (text) => {
  expect(() => parseGrace(text)).toThrow(
    `"${text}" is too long, for m means months: hours are the smallest unit. Give days and hours: 24h, 2d, or 0.`,
  );
});

test('of years nothing is said about months', () => {
  expect(() => parseGrace('1y')).toThrow('"1y" is too long. Give days and hours: 24h, 2d, or 0.');
});
