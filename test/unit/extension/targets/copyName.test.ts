import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyName } from '../../../../src/extension/targets/copyName.ts';

test.each([
  ['app', false, 'app'],
  ['app: the server', false, 'app: the server'],
  ['.config', false, '.config'],
  ['../../home/me', false, '.._.._home_me'],
  ['..', false, '__'],
  ['.', false, '_'],
  ['', false, '_'],
  ['/etc', false, '_etc'],
  ['..\\..\\Windows', true, '.._.._Windows'],
  ['C:\\Windows', true, 'C__Windows'],
  ['..', true, '__'],
  ['app. .', true, 'app___'],
])('the folder %j (Windows: %s) is copied to %j', (name, windows, expected) => {
  expect(copyName(name, windows)).toBe(expected);
});

test('no name leads out of the folder of the target, or to that folder', () => {
  const part = fc.constantFrom('..', '.', '/', '\\', ':', 'a', '', '\0', 'C:', ' ');
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join('')),
      (name) => {
        const inPosix = posix.join('/target', copyName(name, false));
        expect([posix.dirname(inPosix), inPosix.length > '/target/'.length]).toEqual(['/target', true]);
        const inWindows = win32.join('D:\\target', copyName(name, true));
        expect([win32.dirname(inWindows), inWindows.length > 'D:\\target\\'.length]).toEqual(['D:\\target', true]);
      },
    ),
  );
});
