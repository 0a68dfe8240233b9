import { lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { systemCode, systemError } from '../../../src/base/systemCode.ts';

/** As Node makes them for numbers that libuv has no name for: which of the two depends on the call. */
const unnamed = (errno: number) => [
  Object.assign(new Error(`Unknown system error ${errno}, scandir '/x'`), {
    errno,
    code: `Unknown system error ${errno}`,
    syscall: 'scandir',
  }),
  Object.assign(new Error("UNKNOWN: unknown error, open '/x'"), { errno, code: 'UNKNOWN', syscall: 'open' }),
];

test.each([
  [117, 'EUCLEAN'],
  [126, 'ENOKEY'],
  // Windows has neither.
  ...(isWindows
    ? []
    : ([
        [constants.errno.ESTALE, 'ESTALE'],
        [constants.errno.EDQUOT, 'EDQUOT'],
      ] as const)),
  [4094, 'EIO'],
] as const)('an error that has no name but the number %i is %s', (number, code) => {
  for (const error of unnamed(-number)) expect(systemCode(error)).toBe(code);
});

test('an error with a name keeps it', () => {
  let error: unknown;
  try {
    lstatSync('/not/there');
  } catch (thrown) {
    error = thrown;
  }
  expect(systemCode(error)).toBe('ENOENT');
  expect(systemCode(systemError('TWIN', 'x'))).toBe('TWIN');
});

test.each([
  [new TypeError('x')],
  [Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })],
  [undefined],
  [null],
  ['x'],
])('%s is none of the system', (error) => {
  expect(systemCode(error)).toBeUndefined();
});
