import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRaw, encodeRaw } from '../../../../src/base/rawName.ts';
import { quoteName, unquoteName } from '../../../../src/repository/format/quoteName.ts';
import { thrownCode } from './thrownCode.ts';

const pairs: readonly (readonly [name: string, quoted: string])[] = [
  ['', ''],
  ['plain name.txt', 'plain name.txt'],
  ["it's", "it's"],
  ['a&b<c>d', 'a&b<c>d'],
  ['q"b\\s', 'q\\"b\\\\s'],
  ['\u0007\b\f\n\r\t\v', '\\a\\b\\f\\n\\r\\t\\v'],
  ['\u0000\u001b\u007f', '\\x00\\x1b\\x7f'],
  ['\u0080\u00a0\u00ad\u3000', '\\u0080\\u00a0\\u00ad\\u3000'],
  ['\u2028\u200d\ufeff\u202e\ue000', '\\u2028\\u200d\\ufeff\\u202e\\ue000'],
  ['\u{e0001}\u{10ffff}', '\\U000e0001\\U0010ffff'],
  ['é e\u0301 ☃ 😀 漢字 \ufffd', 'é e\u0301 ☃ 😀 漢字 \ufffd'],
  ['bad-\udcff\udcfe', 'bad-\\xff\\xfe'],
  ['é\udce9é', 'é\\xe9é'],
  // Kawi came with Unicode 15.0, Garay with 16.0.
  ['\u{11f04}\u{10d4a}', '\u{11f04}\\U00010d4a'],
];

describe('quoteName and unquoteName', () => {
  test.each(pairs)('%j', (name, quoted) => {
    expect(quoteName(name)).toBe(quoted);
    expect(unquoteName(quoted)).toBe(name);
  });

  test('are inverse for any bytes', () => {
    const odd = fc.constantFrom(0xc3, 0xa9, 0xe2, 0x80, 0xa8, 0xed, 0xa0, 0xf0, 0x9f, 0x5c, 0x22, 0x0a, 0x78, 0x75);
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.array(odd).map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(bytes, (raw) => {
        const name = decodeRaw(raw);
        const quoted = quoteName(name);
        expect(quoted.isWellFormed()).toBe(true);
        expect(encodeRaw(unquoteName(quoted))).toEqual(Buffer.from(raw));
      }),
    );
  });
});

describe('unquoteName', () => {
  test.each([
    ['\\x41\\101\\u0041\\U00000041', 'AAAA'],
    ['\\xc3\\xa9', 'é'],
    ['\\303\\251', 'é'],
    ['\\xc3x\\xa9', '\udcc3x\udca9'],
    ['\\377\\x00', '\udcff\u0000'],
    ['\u2028\u0001', '\u2028\u0001'],
    ['..', '..'],
    ['a\\x2fb', 'a/b'],
  ])('takes %j', (text, name) => {
    expect(unquoteName(text)).toBe(name);
  });

  test.each([
    '"',
    'a"b',
    '\n',
    '\\',
    "\\'",
    '\\q',
    '\\\n',
    '\\x4',
    '\\xg0',
    '\\400',
    '\\18',
    '\\u12',
    '\\ud800',
    '\\udfff',
    '\\U00110000',
    '\\Uffffffff',
    '\\U0000',
    '\\\\\\',
    'ok\\\\"',
  ])('refuses %j', (text) => {
    expect(thrownCode(() => unquoteName(text))).toBe('repository-damaged');
  });

  test('refuses what is too long for a name, before it takes time and memory', () => {
    for (const text of ['\\\\'.repeat(1_000_000), 'a'.repeat(1_000_000)])
      expect(thrownCode(() => unquoteName(text))).toBe('repository-damaged');
  });

  test('says no more of a wrong name than a person can read', () => {
    expect(() => unquoteName(`"${'a'.repeat(60_000)}`)).toThrow(/^.{100,250}$/);
  });
});
