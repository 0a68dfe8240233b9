import { expect, test } from 'vitest';
import { whileHeld } from '../../../src/disk/whileHeld.ts';

function failing(times: number, code: string): { readonly action: () => string; readonly calls: () => number } {
  let calls = 0;
  const action = () => {
    if (++calls <= times) throw Object.assign(new Error(code), { code });
    return 'done';
  };
  return { action, calls: () => calls };
}

test.each(['EPERM', 'EACCES', 'EBUSY'])('what is held for a moment (%s) is tried again', (code) => {
  const { action, calls } = failing(3, code);
  expect(whileHeld(action, true)).toBe('done');
  expect(calls()).toBe(4);
});

test('what is held for longer fails by its own error, after a bounded number of attempts', () => {
  const { action, calls } = failing(Infinity, 'EBUSY');
  expect(() => whileHeld(action, true)).toThrow('EBUSY');
  expect(calls()).toBe(9);
});

test('other failures are none of its business, nor are other systems', () => {
  for (const [code, applies] of [
    ['ENOENT', true],
    ['EPERM', false],
  ] as const) {
    const { action, calls } = failing(1, code);
    expect(() => whileHeld(action, applies)).toThrow(code);
    expect(calls()).toBe(1);
  }
});
