import { lowerAscii } from './byteString.ts';

/**
 * The wildcards of gitignore patterns (`wildmatch` in git): `?` is one byte, `*` any number, both
 * never a slash; `[…]` one byte of a set; `**` between slashes any number of folders. A pattern is
 * split at its slashes and matched a segment at a time. Only the last `*` of a segment and the last
 * `**` of a path are ever tried again, so a hostile pattern cannot take exponential time.
 */
export type Segment = Folders | readonly Token[];

/** `**`: at least this many folders or names. */
interface Folders {
  readonly atLeast: 0 | 1;
}

/** A literal byte, a wildcard, or the set of bytes that fit: a bit for each. */
type Token = number | typeof anyByte | typeof anyBytes | ByteSet;
type ByteSet = Uint8Array;

const anyByte = '?';
const anyBytes = '*';
const slash = 0x2f;

/** Prepares a pattern that is a byte string; nothing if it is malformed, and so never matches. */
export function parseSegments(pattern: string, ignoreCase: boolean): Segment[] | undefined {
  const segments: Segment[] = [];
  let tokens: Token[] = [];
  for (let at = 0; at < pattern.length;) {
    const folders = parseFolders(pattern, at);
    if (folders) {
      segments.push({ atLeast: folders.atLeast });
      at = folders.end;
      if (folders.isLast) return segments;
      continue;
    }
    const part = parseToken(pattern, at, ignoreCase);
    if (!part) return undefined;
    at = part.end;
    if (part.token === slash) {
      segments.push(tokens);
      tokens = [];
    } else {
      tokens.push(part.token);
    }
  }
  segments.push(tokens);
  return segments;
}

/** Whether the path, or the part of it after a literal prefix, fits. Both are byte strings. */
export function matchesSegments(segments: readonly Segment[], path: string): boolean {
  const [only] = segments;
  // The usual case: worth a way of its own, since every name of the walk comes by here.
  if (segments.length === 1 && only && !('atLeast' in only)) return !path.includes('/') && matchesTokens(only, path);
  const names = path.split('/');
  let segmentAt = 0;
  let nameAt = 0;
  let retry: { segmentAt: number; nameAt: number } | undefined;
  while (nameAt < names.length) {
    const segment = segments[segmentAt];
    if (segment && 'atLeast' in segment) {
      nameAt += segment.atLeast;
      segmentAt++;
      if (segmentAt === segments.length) return true;
      retry = { segmentAt, nameAt };
    } else if (segment && matchesTokens(segment, names[nameAt]!)) {
      segmentAt++;
      nameAt++;
    } else if (retry) {
      retry.nameAt++;
      ({ segmentAt, nameAt } = retry);
    } else {
      return false;
    }
  }
  return segmentAt === segments.length;
}

function matchesTokens(tokens: readonly Token[], text: string): boolean {
  let tokenAt = 0;
  let at = 0;
  let starAt = -1;
  let retryAt = 0;
  while (at < text.length) {
    const token = tokens[tokenAt];
    if (token === anyBytes) {
      starAt = tokenAt++;
      retryAt = at;
    } else if (token !== undefined && matchesByte(token, text.charCodeAt(at))) {
      tokenAt++;
      at++;
    } else if (starAt >= 0) {
      tokenAt = starAt + 1;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  while (tokens[tokenAt] === anyBytes) tokenAt++;
  return tokenAt === tokens.length;
}

function matchesByte(token: Token, byte: number): boolean {
  if (typeof token === 'number') return token === byte;
  return token === anyByte || (typeof token === 'object' && hasByte(token, byte));
}

/**
 * `**` standing alone between slashes or ends. At the very start it also stands so when a literal came
 * before (`foo**` + `/bar`), since git compares the literal part first and then knows no more of it.
 */
function parseFolders(pattern: string, start: number): { atLeast: 0 | 1; end: number; isLast: boolean } | undefined {
  if (!pattern.startsWith('**', start) || (start > 0 && pattern[start - 1] !== '/')) return undefined;
  let end = start;
  while (pattern[end] === '*') end++;
  if (end === pattern.length) return { atLeast: 1, end, isLast: true };
  if (pattern[end] === '/') return { atLeast: 0, end: end + 1, isLast: false };
  return pattern.startsWith('\\/', end) ? { atLeast: 1, end: end + 2, isLast: false } : undefined;
}

function parseToken(pattern: string, start: number, ignoreCase: boolean): { token: Token; end: number } | undefined {
  const char = pattern[start];
  if (char === '[') return parseSet(pattern, start, ignoreCase);
  if (char === '?' || char === '*') return { token: char, end: start + 1 };
  const at = char === '\\' ? start + 1 : start;
  if (at === pattern.length) return undefined;
  const text = pattern[at]!;
  return { token: (ignoreCase ? lowerAscii(text) : text).charCodeAt(0), end: at + 1 };
}

/** Reads `[…]`. Where case does not count, the set is made for text in small letters, by git's uneven rules. */
function parseSet(pattern: string, start: number, ignoreCase: boolean): { token: Token; end: number } | undefined {
  let at = start + 1;
  const isNegated = pattern[at] === '!' || pattern[at] === '^';
  if (isNegated) at++;
  const members = new Uint8Array(32);
  let previous: number | undefined;
  let bracket = -1;
  // A `]` in the first place is a member.
  for (let isFirst = true; isFirst || pattern[at] !== ']'; isFirst = false) {
    if (pattern.startsWith('[:', at) && bracket < at + 2) {
      bracket = pattern.indexOf(']', at + 2);
      if (bracket < 0) return undefined;
    }
    if (pattern.startsWith('[:', at) && bracket > at + 2 && pattern[bracket - 1] === ':') {
      const name = pattern.slice(at + 2, bracket - 1);
      const fits = classes.get(name);
      if (!fits) return undefined;
      addBytes(members, (byte) => fits.test(byte) || (ignoreCase && name === 'upper' && /[a-z]/.test(byte)));
      at = bracket + 1;
      previous = undefined;
      continue;
    }
    const isRange = pattern[at] === '-' && previous !== undefined && at + 1 < pattern.length && pattern[at + 1] !== ']';
    if (isRange) at++;
    if (pattern[at] === '\\') at++;
    if (at >= pattern.length) return undefined;
    const code = pattern.charCodeAt(at++);
    if (isRange) addRange(members, previous!, code, ignoreCase);
    else addByte(members, code);
    previous = isRange ? undefined : code;
  }
  return { token: isNegated ? members.map((bits) => ~bits) : members, end: at + 1 };
}

function addRange(members: ByteSet, low: number, high: number, ignoreCase: boolean): void {
  const isInside = (code: number) => code >= low && code <= high;
  addBytes(members, (byte, code) => isInside(code) || (ignoreCase && /[a-z]/.test(byte) && isInside(code - 0x20)));
}

function addBytes(set: ByteSet, fits: (byte: string, code: number) => boolean): void {
  for (let code = 1; code < 256; code++) if (fits(String.fromCharCode(code), code)) addByte(set, code);
}

function addByte(set: ByteSet, code: number): void {
  set[code >> 3]! |= 1 << (code & 7);
}

function hasByte(set: ByteSet, code: number): boolean {
  return (set[code >> 3]! & (1 << (code & 7))) !== 0;
}

/** Of ASCII only; vertical tab and form feed are no spaces to git. */
const classes: ReadonlyMap<string, RegExp> = new Map([
  ['alnum', /[0-9A-Za-z]/],
  ['alpha', /[A-Za-z]/],
  ['blank', /[ \t]/],
  ['cntrl', /[\0-\x1f\x7f]/],
  ['digit', /[0-9]/],
  ['graph', /[!-~]/],
  ['lower', /[a-z]/],
  ['print', /[ -~]/],
  ['punct', /[!-/:-@[-`{-~]/],
  ['space', /[ \t\n\r]/],
  ['upper', /[A-Z]/],
  ['xdigit', /[0-9A-Fa-f]/],
]);
