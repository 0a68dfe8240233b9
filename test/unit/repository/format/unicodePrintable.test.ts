import { expect, test } from 'vitest';
import { isPrintable } from '../../../../src/repository/format/unicodePrintable.ts';

test('counts the graphic characters of Unicode 15.0 that are not spaces, and the space', () => {
  let count = 0;
  for (let code = 0; code <= 0x10ffff; code++) if (isPrintable(code)) count++;
  // The standard gives 149,014 graphic characters; 17 of them are spaces.
  expect(count).toBe(149_014 - 17 + 1);
});

test('never calls printable what the newer tables of the engine know as another kind', () => {
  const graphic = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
  for (let code = 0; code <= 0x10ffff; code++) {
    if (isPrintable(code) && !graphic.test(String.fromCodePoint(code))) expect.fail(`U+${code.toString(16)}`);
  }
});

test.each([
  [0x1f, false],
  [0x20, true],
  [0x7e, true],
  [0x7f, false],
  [0xa0, false],
  [0xa1, true],
  [0xad, false],
  [0x378, false],
  [0xd7ff, false],
  [0xfffd, true],
  [0xffff, false],
  [0x11f04, true],
  [0x10d4a, false],
  [0x323af, true],
  [0x323b0, false],
  [0xe01ef, true],
  [0xf0000, false],
  [0x10ffff, false],
])('%i', (code, expected) => {
  expect(isPrintable(code)).toBe(expected);
});
