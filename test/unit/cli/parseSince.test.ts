import { expect, test } from 'vitest';
import { parseMoment } from '../../../src/cli/parseMoment.ts';
import { parseSince } from '../../../src/cli/parseSince.ts';

const now = new Date('2026-03-31T12:00:00.5Z');

test.each([
  ['12h', '2026-03-31T00:00:00.500Z'],
  ['7d', '2026-03-24T12:00:00.500Z'],
  // There is no 31st of February; it is carried over, as by the rules of retention.
  ['1y1m', '2025-03-03T12:00:00.500Z'],
])('%s ago', (text, expected) => {
  expect(parseSince(text, now)).toBe(BigInt(Date.parse(expected)) * 1_000_000n);
});

test('a time', () => {
  expect(parseSince('2026-01-31 17:05')).toBe(parseMoment('2026-01-31 17:05', 'first'));
});

test.each(['', 'yesterday', '7', '7w', '2026-02-31'])('"%s" is refused', (text) => {
  expect(() => parseSince(text)).toThrow(/Give a local time/);
});
