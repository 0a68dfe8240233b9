import { expect, test, vi } from 'vitest';
import { DeletionBursts } from '../../../src/triggers/deletionBursts.ts';

test('many files at once are much, and few are not', () => {
  vi.useFakeTimers({ now: 0 });
  const bursts = new DeletionBursts<string>();
  const remove = (folder: string) => bursts.isMuch(folder, `/${folder}/src/one.ts`);
  const answers = Array.from({ length: 11 }, () => remove('a'));
  expect(answers.indexOf(true)).toBe(9);
  expect(remove('b')).toBe(false);
  vi.advanceTimersByTime(3000);
  expect(remove('a')).toBe(false);
  vi.useRealTimers();
});

test.each([
  ['/p/src', true],
  ['/p/.config', true],
  ['C:\\p\\src', true],
  ['/p.d/a.ts', false],
  ['/p/.eslintrc.json', false],
  ['C:\\p\\a.ts', false],
])('%s may have been a folder: %s', (path, expected) => {
  expect(new DeletionBursts().isMuch('a', path)).toBe(expected);
});
