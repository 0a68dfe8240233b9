import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRaw, encodeRaw } from '../../../../src/base/rawName.ts';
import { escapeGoString, goJson, indentJson } from '../../../../src/repository/format/goJson.ts';

describe('escapeGoString', () => {
  test.each([
    ['', '""'],
    ['plain/~\u007f', '"plain/~\u007f"'],
    ['"\\', '"\\"\\\\"'],
    ['\n\r\t\b\f', '"\\n\\r\\t\\b\\f"'],
    ['\u0000\u0001\u000b\u001f', '"\\u0000\\u0001\\u000b\\u001f"'],
    ['a&b<c>d', '"a\\u0026b\\u003cc\\u003ed"'],
    ['\u2027\u2028\u2029', '"\u2027\\u2028\\u2029"'],
    ['ü😀\ufffd', '"ü😀\ufffd"'],
    ['\udcff\udc80x😀\udc80', '"\\ufffd\\ufffdx😀\\ufffd"'],
    ['\ud800', '"\ufffd"'],
  ])('%j', (text, json) => {
    expect(escapeGoString(text)).toBe(json);
  });

  test('means to a JSON parser what the bytes mean to Go', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string({ unit: 'binary' }).map((text) => encodeRaw(text)),
        ),
        (bytes) => {
          const text = decodeRaw(bytes);
          const json = escapeGoString(text);
          expect(JSON.parse(json)).toBe(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
          expect(json).not.toMatch(/[\u0000-\u001f<>&\u2028\u2029]/);
        },
      ),
    );
  });
});

test('goJson writes any value, in order and without spaces', () => {
  const value = { b: [1, 2.5, -0.001, null, true, []], a: { '<': '>' }, gone: undefined, n: 18446744073709551615n };
  expect(goJson(value)).toBe('{"b":[1,2.5,-0.001,null,true,[]],"a":{"\\u003c":"\\u003e"},"n":18446744073709551615}');
  fc.assert(
    fc.property(fc.jsonValue(), (any) => {
      expect(JSON.parse(goJson(any))).toEqual(JSON.parse(JSON.stringify(any)));
    }),
  );
});

test.each(['{"a":[],"b":{},"c":[1,{"d":"e, {:\\""}],"f":null}', '[]', '"a"', '{"a":[[["b"]],12345678901234567890]}'])(
  'indentJson(%j) is what people read',
  (json) => {
    const indented = indentJson(json);
    expect(indented.replaceAll('12345678901234567890', '1')).toBe(
      JSON.stringify(JSON.parse(json.replace('12345678901234567890', '1')), null, 2),
    );
  },
);
