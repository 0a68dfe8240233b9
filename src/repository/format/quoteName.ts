import { CairnError } from '../../base/errors.ts';
import { decodeRaw, displayPath, encodeRaw } from '../../base/rawName.ts';
import { isPrintable } from './unicodePrintable.ts';

/** The letter after the back-slash and the character it stands for. */
const shortEscapes: readonly (readonly [string, string])[] = [
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
];
const characterOf = new Map(shortEscapes);
const letterOf = new Map(shortEscapes.map(([letter, character]) => [character, letter]));

/**
 * The name as a tree holds it: quoted as Go's `strconv.Quote` does, without the quotes around it
 * (format notes 7.4). Bytes that are not UTF-8 come as in `base/rawName.ts` and leave as `\xHH`.
 */
export function quoteName(name: string): string {
  if (/^[ !#-[\]-~]*$/.test(name)) return name;
  let quoted = '';
  for (const character of name) quoted += quoteCharacter(character);
  return quoted;
}

function quoteCharacter(character: string): string {
  const letter = letterOf.get(character);
  if (letter !== undefined) return `\\${letter}`;
  const code = character.codePointAt(0)!;
  // `encodeRaw` makes U+FFFD of a surrogate that stands for no byte, and so does this.
  if (code >= 0xd800 && code <= 0xdfff) return code >= 0xdc80 && code <= 0xdcff ? hex('x', code - 0xdc00, 2) : '\ufffd';
  if (isPrintable(code)) return character;
  if (code < 0x20 || code === 0x7f) return hex('x', code, 2);
  return code < 0x10000 ? hex('u', code, 4) : hex('U', code, 8);
}

function hex(letter: string, value: number, digits: number): string {
  return `\\${letter}${value.toString(16).padStart(digits, '0')}`;
}

/** Far above what any file system has for a name, all escaped; millions of escapes would take gigabytes to read. */
const LONGEST_QUOTED = 64 * 1024;

/**
 * The inverse of {@link quoteName}; takes all that Go's `strconv.Unquote` takes, octal escapes and
 * needless ones too. Throws `repository-damaged` for anything else, and for what is too long for a name.
 */
export function unquoteName(text: string): string {
  if (text.length > LONGEST_QUOTED) throw badName(text);
  if (!/[\\"\n]/.test(text)) return text;
  if (/["\n]/.test(text.replace(/\\./gs, ''))) throw badName(text);
  const name = text.replace(
    /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)/g,
    (_, letter?: string, byte?: string, octal?: string, short?: string, long?: string) => {
      if (letter !== undefined) return characterOf.get(letter)!;
      if (byte !== undefined) return rawByte(parseInt(byte, 16), text);
      if (octal !== undefined) return rawByte(parseInt(octal, 8), text);
      const code = parseInt(short ?? long ?? '', 16);
      if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw badName(text);
      return String.fromCodePoint(code);
    },
  );
  // Escaped bytes that stand side by side may form a character.
  return name.isWellFormed() ? name : decodeRaw(encodeRaw(name));
}

function rawByte(byte: number, text: string): string {
  if (byte > 0xff) throw badName(text);
  return String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
}

function badName(text: string): CairnError {
  return new CairnError(
    'repository-damaged',
    `The repository holds the name "${displayPath(text.slice(0, 100))}", which is not quoted as names have to be.`,
  );
}
