import { expect, test } from 'vitest';
import { formatMoment } from '../../../../src/extension/documents/formatMoment.ts';

const now = new Date(2026, 7, 15, 18, 30);

test.each([
  ['today', new Date(2026, 7, 15, 9, 2, 59), '09:02'],
  ['at midnight', new Date(2026, 7, 15, 0, 5), '00:05'],
  ['yesterday', new Date(2026, 7, 14, 18, 30), 'Aug 14 18:30'],
  ['another year', new Date(2025, 7, 15, 18, 30), 'Aug 15, 2025 18:30'],
])('a moment %s', (_, moment, text) => expect(formatMoment(moment, now, 'en')).toBe(text));

test('follows the language of the editor', () => {
  expect(formatMoment(new Date(2026, 7, 14, 18, 30), now, 'de')).toBe('14. Aug. 18:30');
});
