import { encodeRaw } from '../base/rawName.ts';

/**
 * The bytes of a path as a string of characters U+0000…U+00FF, with `/` as separator. Git compares
 * paths byte by byte (its `?` is one byte, not one letter), so its patterns are matched in this form.
 * A path of ASCII characters is its own byte string.
 */
export function toByteString(path: string): string {
  return /^[\0-\x7f]*$/.test(path) ? path : encodeRaw(path).toString('latin1');
}

/** Lowers A…Z only, as git does where case does not count; the other bytes are parts of letters. */
export function lowerAscii(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
