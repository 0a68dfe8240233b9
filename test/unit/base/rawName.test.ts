import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareRaw, decodeRaw, displayPath, encodeRaw } from '../../../src/base/rawName.ts';
import { toFsPath } from '../../../src/disk/fsPath.ts';
import { isWindows } from '../../../src/disk/system.ts';

/** Bytes among which sequences of UTF-8, whole and broken ones, are likely. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: 'binary', maxLength: 4 }).map((text) => Buffer.from(text)),
      fc.constantFrom(
        ...['c0af', 'eda080', 'f4908080', 'e282', 'f09f98', 'efbfbd', 'ff', '80'].map((hex) => Buffer.from(hex, 'hex')),
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

describe('raw names', () => {
  test('keep every byte', () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        expect(encodeRaw(decodeRaw(raw))).toEqual(raw);
      }),
    );
  });

  test('are ordinary strings for valid UTF-8, and only for it', () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        const text = raw.toString('utf8');
        const isValid = Buffer.from(text, 'utf8').equals(raw);
        expect(decodeRaw(raw).isWellFormed()).toBe(isValid);
        if (isValid) expect(decodeRaw(raw)).toBe(text);
        // Windows has no names of bytes.
        expect(toFsPath(decodeRaw(raw))).toEqual(isValid || isWindows ? decodeRaw(raw) : raw);
      }),
    );
  });

  test('are ordered by their bytes', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareRaw(decodeRaw(a), decodeRaw(b)))).toBe(Buffer.compare(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['\uffee', '\u{1f600}'],
    ['a\u{1f600}', 'a\udcff'],
    ['\udc80', '\udcff'],
    ['\ud7ff', '\u{10000}'],
    ['a', 'a\udc80'],
  ])('%j comes before %j', (first, second) => {
    expect(compareRaw(first, second)).toBeLessThan(0);
    expect(compareRaw(second, first)).toBeGreaterThan(0);
  });

  test('stay on one line for people', () => {
    expect(displayPath('a\nb\x1b[31m\udcff\u2028')).toBe('a\\x0ab\\x1b[31m\ufffd\\x2028');
    expect(displayPath('a\u202efdp.exe\u2069 \u05d0')).toBe('a\\x202efdp.exe\\x2069 \u05d0');
  });
});
