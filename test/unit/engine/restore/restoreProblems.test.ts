import { describe, expect, test } from 'vitest';
import { systemError } from '../../../../src/base/systemCode.ts';
import { isFatal, problemFrom, toFailure } from '../../../../src/engine/restore/restoreProblems.ts';

describe('what goes wrong with one entry', () => {
  test.each([
    ['LINK-RIGHT', 'only administrators'],
    ['TWIN', 'upper and lower case'],
  ] as const)('is told, and the others go on: %s', (code, words) => {
    const failure = toFailure(systemError(code, 'as the system says it'));
    expect(failure).toEqual({ code });
    expect(isFatal(failure)).toBe(false);
    expect(problemFrom('/a/b', failure)).toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  test('is thrown on if it is an error of the program', () => {
    expect(() => toFailure(new TypeError('no such function'))).toThrow(TypeError);
  });
});
