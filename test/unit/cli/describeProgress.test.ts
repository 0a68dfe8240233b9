import { describe, expect, test } from 'vitest';
import { describeProgress } from '../../../src/cli/progressBar.ts';
import { statusToData } from '../../../src/cli/statusData.ts';

const MiB = 1024 * 1024;

describe('a line of progress', () => {
  test('while the total is unknown', () => {
    expect(describeProgress({ phase: 'Reading', items: 7, bytes: 3 * MiB }, 2)).toBe(
      'Reading  7  3.00 MiB  1.50 MiB/s',
    );
  });

  test('while a walk goes on, with what it has found so far', () => {
    const event = { phase: 'Backing up', items: 7, foundItems: 30, bytes: 3 * MiB, foundBytes: 9 * MiB };
    expect(describeProgress(event, 0.1)).toBe('Backing up  7/30+  3.00 MiB of 9.00 MiB+');
    const { percent_done, total_files, total_bytes, seconds_remaining } = statusToData(event, 5);
    expect([percent_done, total_files, total_bytes, seconds_remaining]).toEqual([1 / 3, 30, 9 * MiB, undefined]);
  });

  test('with share, rate and remaining time', () => {
    const event = {
      phase: 'Backing up',
      items: 1,
      totalItems: 4,
      bytes: 5 * MiB,
      totalBytes: 20 * MiB,
      current: '/a\n',
    };
    expect(describeProgress(event, 10)).toBe(
      'Backing up [#####...............] 25 %  1/4  5.00 MiB  512.0 KiB/s  0:30 left  /a\\x0a',
    );
  });

  test('the first moments promise nothing', () => {
    const event = { phase: 'Backing up', items: 1, totalItems: 4, bytes: 0, totalBytes: 20 };
    expect(describeProgress(event, 0.1)).toBe('Backing up [....................] 0 %  1/4  0 B');
  });

  test('items serve where there are no bytes', () => {
    expect(describeProgress({ phase: 'Removing', items: 3, totalItems: 4, bytes: 0 }, 60)).toBe(
      'Removing [###############.....] 75 %  3/4  0:20 left',
    );
  });

  test('more than all is all', () => {
    const event = { phase: 'Reading', items: 4, totalItems: 4, bytes: 30, totalBytes: 20 };
    expect(describeProgress(event, 1)).toContain('[####################] 100 %');
  });
});

test('progress as data has the names of restic', () => {
  const event = { phase: 'Backing up', items: 1, totalItems: 4, bytes: 5, totalBytes: 20, current: '/a' };
  expect(statusToData(event, 10.2)).toEqual({
    message_type: 'status',
    phase: 'Backing up',
    seconds_elapsed: 10,
    seconds_remaining: 31,
    percent_done: 0.25,
    total_files: 4,
    files_done: 1,
    total_bytes: 20,
    bytes_done: 5,
    current_files: ['/a'],
  });
  expect(statusToData({ phase: 'Listing', items: 0, bytes: 0 }, 0)).toEqual({
    message_type: 'status',
    phase: 'Listing',
    percent_done: 0,
    seconds_elapsed: 0,
    files_done: 0,
    bytes_done: 0,
  });
});
