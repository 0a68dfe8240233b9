import { decodeRaw } from '../base/rawName.ts';
import { toByteString } from './byteString.ts';

/** One part of a path pattern, prepared: says whether a name fits. */
export interface NamePattern {
  /** Only this name fits. */
  readonly literal: string | undefined;
  readonly fits: (name: string) => boolean;
}

/** A byte that stands for itself, a wildcard, or a set of letters. */
type Token = number | typeof anyLetter | typeof anyBytes | LetterSet;

interface LetterSet {
  readonly isNegated: boolean;
  /** First and last code point of each range. */
  readonly ranges: readonly (readonly [number, number])[];
}

const anyLetter = '?';
const anyBytes = '*';
/** What a byte that is no part of UTF-8 counts as. */
const replacement = 0xfffd;

/**
 * Prepares a pattern for a single name by the rules of Go's `filepath.Match`: `*` is any number of bytes, `?`
 * one letter, `[a-z]` one of a set, `[^a-z]` one that is not (a `!` there is a member like any other), and a
 * backslash takes the next letter as it is. Letters are UTF-8; a byte that is none counts as one. Nothing for
 * a malformed pattern.
 */
export function compileName(pattern: string): NamePattern | undefined {
  const tokens = parseTokens(toByteString(pattern));
  if (!tokens) return undefined;
  const text = literalOf(tokens);
  if (text !== undefined) return { literal: text, fits: (name) => name === text };
  return { literal: undefined, fits: shortcutFor(tokens) ?? ((name) => matchesTokens(tokens, toByteString(name))) };
}

/** The usual patterns: `*`, `*.end` and `start*`. */
function shortcutFor(tokens: readonly Token[]): ((name: string) => boolean) | undefined {
  if (tokens.every((token) => token === anyBytes)) return () => true;
  const end = tokens[0] === anyBytes ? literalOf(tokens.slice(1)) : undefined;
  if (end !== undefined) return (name) => name.endsWith(end);
  const start = tokens.at(-1) === anyBytes ? literalOf(tokens.slice(0, -1)) : undefined;
  return start === undefined ? undefined : (name) => name.startsWith(start);
}

function literalOf(tokens: readonly Token[]): string | undefined {
  const bytes = tokens.filter((token) => typeof token === 'number');
  return bytes.length === tokens.length ? decodeRaw(Uint8Array.from(bytes)) : undefined;
}

function parseTokens(pattern: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at]!;
    if (char === '[') {
      const set = parseSet(pattern, at + 1);
      if (!set) return undefined;
      tokens.push(set.token);
      at = set.end;
      continue;
    }
    if (char === '\\' && ++at === pattern.length) return undefined;
    tokens.push(char === anyBytes || char === anyLetter ? char : pattern.charCodeAt(at));
    at++;
  }
  return tokens;
}

/** Reads what stands after `[`, with the `]` at its end. */
function parseSet(pattern: string, start: number): { token: LetterSet; end: number } | undefined {
  const isNegated = pattern[start] === '^';
  const ranges: [number, number][] = [];
  for (let at = isNegated ? start + 1 : start; pattern[at] !== ']' || ranges.length === 0;) {
    const low = parseMember(pattern, at);
    if (!low) return undefined;
    const high = pattern[low.end] === '-' ? parseMember(pattern, low.end + 1) : low;
    if (!high) return undefined;
    ranges.push([low.letter, high.letter]);
    at = high.end;
    if (pattern[at] === ']') return { token: { isNegated, ranges }, end: at + 1 };
  }
  return undefined;
}

/** One letter of a set; a set does not end with it. */
function parseMember(pattern: string, start: number): { letter: number; end: number } | undefined {
  const char = pattern[start];
  if (char === undefined || char === '-' || char === ']') return undefined;
  const at = char === '\\' ? start + 1 : start;
  if (at >= pattern.length) return undefined;
  const letter = letterAt(pattern, at);
  const end = at + lengthAt(pattern, at);
  const isBroken = letter === replacement && end === at + 1;
  return isBroken || end >= pattern.length ? undefined : { letter, end };
}

/**
 * Only the last `*` is ever tried again, a byte further on, so that no pattern takes exponential time. That may
 * be inside a letter, so it is done at the end of the name, too: fewer bytes may be more letters.
 */
function matchesTokens(tokens: readonly Token[], name: string): boolean {
  let tokenAt = 0;
  let at = 0;
  let starAt = -1;
  let retryAt = 0;
  while (tokenAt < tokens.length || at < name.length) {
    const token = tokens[tokenAt];
    if (token === anyBytes) {
      starAt = tokenAt++;
      retryAt = at;
      continue;
    }
    const length = token === undefined || at === name.length ? 0 : matchedLength(token, name, at);
    if (length > 0) {
      tokenAt++;
      at += length;
    } else if (starAt >= 0 && retryAt < name.length) {
      tokenAt = starAt + 1;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  return true;
}

/** How many bytes the token takes; 0 if it does not fit. */
function matchedLength(token: Exclude<Token, typeof anyBytes>, name: string, at: number): number {
  if (typeof token === 'number') return token === name.charCodeAt(at) ? 1 : 0;
  if (typeof token === 'object') {
    const letter = letterAt(name, at);
    const isMember = token.ranges.some(([low, high]) => low <= letter && letter <= high);
    if (isMember === token.isNegated) return 0;
  }
  return lengthAt(name, at);
}

/** The bytes of the letter at a place of a byte string; 1 for one that is not valid. */
function lengthAt(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at);
  if (first < 0xc2) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const letter = Buffer.from(bytes.slice(at, at + length), 'latin1');
  return isOneLetter(letter, length) ? length : 1;
}

function letterAt(bytes: string, at: number): number {
  const length = lengthAt(bytes, at);
  if (length > 1)
    return Buffer.from(bytes.slice(at, at + length), 'latin1')
      .toString('utf8')
      .codePointAt(0)!;
  const byte = bytes.charCodeAt(at);
  return byte < 0x80 ? byte : replacement;
}

function isOneLetter(bytes: Buffer, length: number): boolean {
  const text = decodeRaw(bytes);
  return bytes.length === length && [...text].length === 1 && text.isWellFormed();
}
