import { expect, test } from 'vitest';
import { formatSize } from '../../../src/extension/formatSize.ts';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [1234, '1.2 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1 MB'],
  [2.5e15, '2.5 PB'],
  [5e18, '5,000 PB'],
])('%d bytes are %s', (bytes, text) => expect(formatSize(bytes, 'en')).toBe(text));

test('in another language', () => expect(formatSize(1234, 'de')).toBe('1,2 kB'));
