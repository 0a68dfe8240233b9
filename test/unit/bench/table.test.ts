import { describe, expect, test } from 'vitest';
import type { Measurement } from '../../../bench/measure.ts';
import { formatNumber, isDisturbed, renderGroup, renderGrowth, renderTable } from '../../../bench/table.ts';

const measured = (wall: number, cpu = wall, others = 0): Measurement => ({ wall, cpu, memory: 100e6, others });

const first = (own: readonly Measurement[], peer: readonly Measurement[]) => ({
  job: 'first',
  title: 'first backup',
  measurements: new Map([
    ['cairn', own],
    ['restic', peer],
  ]),
  stored: new Map([
    ['cairn', [50e6]],
    ['restic', [40e6]],
  ]),
});

const group = (jobs: readonly ReturnType<typeof first>[]) => ({
  title: 'Backup',
  programs: ['cairn', 'restic', 'rsync'],
  jobs,
  checkedByRestic: true,
});

test('a table has its numbers to the right', () => {
  expect(
    renderTable([
      ['', 'a'],
      ['x', '1'],
    ]),
  ).toBe('|  | a |\n| --- | ---: |\n| x | 1 |');
});

test.each([
  [0, '0.00'],
  [0.126, '0.13'],
  [12.34, '12.3'],
  [1234.5, '1235'],
])('%d is written as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

describe('renderGroup', () => {
  const text = renderGroup(group([first([measured(3, 2), measured(1, 2), measured(2, 2)], [measured(4, 8)])]));

  test('gives medians, the range of wall clocks, and ratios', () => {
    expect(text).toContain('| first backup | 2.00 (1.00–3.00) | 4.00 |  | 0.50 |  |');
    expect(text).toContain('| first backup | 2.00 | 8.00 |  | 0.25 |  |');
  });

  test('gives sizes of those that have a repository', () => {
    expect(text).toContain('|  | cairn | restic | cairn : restic |');
    expect(text).toContain('| after the first backup | 50.0 | 40.0 | 1.25 |');
  });

  test('leaves sizes out where nobody has a repository', () => {
    const copies = renderGroup(group([{ ...first([measured(1)], [measured(2)]), stored: new Map([['cairn', [0]]]) }]));
    expect(copies).not.toContain('Size of the repository');
    expect(text).toContain('Size of the repository');
  });

  test('says what was proven, and nothing of restores if there were none', () => {
    expect(text).toContain('restic check --read-data');
    expect(text).not.toContain('restored');
  });

  test('says when others were at work', () => {
    expect(text).not.toContain('something else');
    const busy = renderGroup(group([first([measured(1, 1, 0.5)], [measured(1)])]));
    expect(busy).toContain('In 1 of these 2 measurements something else was at work: it kept 0.50 cores busy');
    expect(isDisturbed(0)).toBe(false);
  });
});

test('renderGrowth has a column for each size, and the exponent', () => {
  const results = [1000, 10_000].map((files) => ({
    input: { title: '', changeTitle: '', make: () => expect.fail() },
    files,
    bytes: 1,
    rounds: 1,
    limits: undefined,
    groups: [group([first([measured(files / 1000)], [measured(5)])])],
  }));
  const text = renderGrowth(results);
  expect(text).toContain('| first backup | cairn | 1.00 | 10.0 | 1.00 | 1.00 |');
  expect(text).toContain('| first backup | restic | 5.00 | 5.00 | 0.00 | 0.00 |');
});
