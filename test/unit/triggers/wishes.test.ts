import { describe, expect, test } from 'vitest';
import { excludedNamesOf, gitWish, isIntervalOver, isPassedOver, requestOf } from '../../../src/triggers/wishes.ts';

describe('paths that are passed over', () => {
  const names = excludedNamesOf(['**/node_modules', '**/*.log', 'build', '**/.cache']);

  test('are those with a name that is left out everywhere', () => {
    expect([...names]).toEqual(['node_modules', '.cache']);
    expect(isPassedOver(['a', 'node_modules', 'b.js'], names)).toBe(true);
    expect(isPassedOver(['a', 'b.js'], names)).toBe(false);
  });

  test('are those in a .git folder, and not that itself', () => {
    expect(isPassedOver(['.git', 'index'], names)).toBe(true);
    expect(isPassedOver(['a', '.git'], names)).toBe(false);
  });
});

test('the interval ends after so many minutes, and 0 never', () => {
  expect([isIntervalOver(59_000, 1), isIntervalOver(60_000, 1), isIntervalOver(1e12, 0)]).toEqual([false, true, false]);
});

test('a backup says what git did', () => {
  const commit = { id: 'abc1234', subject: 'Add a file', within: 'lib' };
  expect(gitWish({ commit })).toMatchObject({ reason: 'commit', commit });
  expect(gitWish({ operation: { name: 'reset', words: 'git reset to HEAD~1' } })).toMatchObject({
    reason: 'git',
    moment: { label: 'git reset to HEAD~1', actor: { kind: 'git', name: 'reset' } },
  });
  expect(requestOf({ trigger: 'commit', scan: 'full', commit }, { kind: 'unknown' })).toEqual({
    trigger: 'commit',
    scan: 'full',
    actor: { kind: 'git', name: 'commit' },
    commit: 'abc1234',
    commitIn: 'lib',
    label: 'Add a file',
    evenIfUnchanged: true,
  });
  const first = requestOf({ trigger: 'schedule', scan: 'full', isFirst: true }, { kind: 'editor' });
  expect(first).toEqual({ trigger: 'schedule', scan: 'full', actor: { kind: 'editor' }, mayCreate: true });
});
