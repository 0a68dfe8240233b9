import { expect, test } from 'vitest';
import { parseDuration } from '../../../../src/engine/forget/duration.ts';
import { isBackupDue } from '../../../../src/engine/schedule/isBackupDue.ts';
import { parseTime } from '../../../../src/repository/format/time.ts';
import { entry } from '../forget/forgetFixtures.ts';

const NOW = parseTime('2025-03-10T09:17:00Z');
const FILTER = { hosts: ['host'], paths: ['/work'], tags: [['schedule']] };

test.each([
  ['no snapshot', '25h', [], true],
  ['a young one', '25h', [['2025-03-10T02:30:00Z', '/work', 'schedule']], false],
  ['an old one', '25h', [['2025-03-09T02:30:00Z', '/work', 'schedule']], true],
  [
    'an old and a young one',
    '25h',
    [
      ['2025-03-09T02:30:00Z', '/work', 'schedule'],
      ['2025-03-10T09:00:00Z', '/work', 'schedule'],
    ],
    false,
  ],
  ['one of just that age', '1d', [['2025-03-09T09:17:00Z', '/work', 'schedule']], true],
  ['a young one of another folder', '25h', [['2025-03-10T02:30:00Z', '/other', 'schedule']], true],
  ['a young one of another trigger', '25h', [['2025-03-10T02:30:00Z', '/work', 'save']], true],
  ['one from the future', '25h', [['2090-01-01T00:00:00Z', '/work', 'schedule']], true],
  ['one of this very moment', '25h', [['2025-03-10T10:17:00+01:00', '/work', 'schedule']], false],
] as const)('%s, %s', (_, age, snapshots, due) => {
  const entries = snapshots.map(([time, path, tag]) => entry(time, { paths: [path], tags: ['cairn', tag] }));
  expect(isBackupDue(entries, FILTER, parseDuration(age), NOW)).toBe(due);
});
