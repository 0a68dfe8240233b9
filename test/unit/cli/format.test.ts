import { describe, expect, test } from 'vitest';
import { count, formatBytes, formatSeconds, table } from '../../../src/cli/format.ts';
import { toJson } from '../../../src/cli/jsonLine.ts';

describe('for people', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [10 * 1024 * 1024, '10.0 MiB'],
    [2n ** 60n, '1024.0 PiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0, '0:00'],
    [6.2, '0:07'],
    [754, '12:34'],
    [3723, '1:02:03'],
  ])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  test('counts', () => {
    expect([count(0, 'file'), count(1, 'file'), count(2, 'entry', 'entries')]).toEqual([
      '0 files',
      '1 file',
      '2 entries',
    ]);
  });

  test('a table has columns and no space at the ends of lines', () => {
    const rows = [
      ['ID', 'Name'],
      ['1234', 'a'],
      ['1', ''],
    ];
    expect(table(rows)).toEqual(['ID    Name', '1234  a', '1']);
  });
});

test('for programs: names keep their bytes, numbers their digits', () => {
  expect(toJson({ message_type: 'x', name: 'a\udcffb\n', inode: 2n ** 63n + 1n })).toBe(
    String.raw`{"message_type":"x","name":"a\udcffb\n","inode":9223372036854775809}`,
  );
});
