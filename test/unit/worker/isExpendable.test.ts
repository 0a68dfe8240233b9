import { expect, test } from 'vitest';
import { isExpendable } from '../../../src/worker/isExpendable.ts';

const row = { id: '', time: '', hostname: '', username: '', paths: [], tags: [], keep: false };

test.each([
  ['of a save', { trigger: 'save' }, true],
  ['of changes from outside', { trigger: 'outside' }, true],
  ['before a restore', { trigger: 'restore' }, true],
  ['by a person', { trigger: 'manual' }, false],
  ['by another program', {}, false],
  ['of a save, with a label since', { trigger: 'save', label: 'good', original: 'ab' }, false],
  ['of what git did', { trigger: 'outside', label: 'git reset to HEAD~1' }, true],
  ['by a person, with a label', { trigger: 'manual', label: 'good' }, false],
  ['of a commit, with its subject', { trigger: 'commit', label: 'Add a test' }, true],
  ['of a commit, with a label since', { trigger: 'commit', label: 'good', original: 'ab' }, false],
  ['of a commit, to be kept', { trigger: 'commit', label: 'Add a test', keep: true, original: 'ab' }, false],
  ['of a save, to be kept', { trigger: 'save', keep: true }, false],
] as const)('a snapshot %s', (_, facts, expected) => {
  expect(isExpendable({ ...row, ...facts })).toBe(expected);
});
