import { TextDecoder } from 'node:util';
import type { TextPattern } from './textPattern.ts';
import { TOO_LONG, withinTime } from './withinTime.ts';

/** A line that matches. */
export interface MatchingLine {
  /** From 1. */
  readonly line: number;
  /** Where in the line the first match begins, from 1, and how long it is; by UTF-16. */
  readonly column: number;
  readonly length: number;
  /** The line, or what is around the match in a long one. */
  readonly text: string;
}

/** What came of searching a content. */
export interface TextSearchResult {
  readonly kind: 'searched' | 'binary' | 'too-long';
  readonly lines: readonly MatchingLine[];
  /** More lines match. */
  readonly isCut: boolean;
}

/** So many lines of a content are told, and so many characters of a line. */
const MOST_LINES = 1_000;
const MOST_TEXT = 400;
/** Of a line that is longer than any that a person reads, parts are searched. */
const MOST_LINE = 1024 * 1024;
/** So many bytes at the beginning say whether it is text, as git has it. */
const TELLING_LENGTH = 8_000;
/** Comparing with a regular expression may take so long for a part of a file. Milliseconds. */
const MOST_TIME = 1_000;

export interface SearchTextOptions {
  /** Search binary files, too. */
  readonly anyContent?: boolean;
}

/** Searches a content that comes in parts, line by line; holds a part at a time. UTF-8, or UTF-16 with its mark. */
export async function searchText(
  parts: AsyncIterable<Buffer>,
  pattern: TextPattern,
  { anyContent = false }: SearchTextOptions = {},
): Promise<TextSearchResult> {
  const search = new LineSearch(pattern);
  const outcome = (kind: TextSearchResult['kind']) => ({ kind, lines: search.lines, isCut: search.isCut });
  let decoder: TextDecoder | undefined;
  for await (const part of parts) {
    if (!decoder) {
      const encoding = encodingOf(part);
      if (encoding === 'binary' && !anyContent) return outcome('binary');
      decoder = new TextDecoder(encoding === 'binary' ? 'utf-8' : encoding);
    }
    if (search.add(decoder.decode(part, { stream: true })) === TOO_LONG) return outcome('too-long');
    if (search.isCut) break;
  }
  return outcome(search.finish(decoder?.decode() ?? '') === TOO_LONG ? 'too-long' : 'searched');
}

/** Whether a part that is the whole content can be passed over without a closer look. */
export function isSurelyWithout(whole: Buffer, pattern: TextPattern): boolean {
  return encodingOf(whole) === 'utf-8' && !pattern.mayBeInBytes(whole);
}

function encodingOf(start: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | 'binary' {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return start.subarray(0, TELLING_LENGTH).includes(0) ? 'binary' : 'utf-8';
}

class LineSearch {
  readonly lines: MatchingLine[] = [];
  isCut = false;
  readonly #pattern: TextPattern;
  #unfinished = '';
  #nextLine = 1;

  constructor(pattern: TextPattern) {
    this.#pattern = pattern;
  }

  add(text: string): typeof TOO_LONG | undefined {
    const whole = this.#unfinished + text;
    const end = whole.lastIndexOf('\n') + 1;
    const isLong = whole.length - end > MOST_LINE;
    this.#unfinished = isLong ? '' : whole.slice(end);
    return this.#search(isLong ? whole : whole.slice(0, end));
  }

  finish(text: string): typeof TOO_LONG | undefined {
    const rest = this.#unfinished + text;
    this.#unfinished = '';
    return this.#search(rest);
  }

  #search(text: string): typeof TOO_LONG | undefined {
    if (text === '' || this.isCut) return undefined;
    if (!this.#pattern.mayBeIn(text)) {
      this.#nextLine += countLines(text);
      return undefined;
    }
    if (!this.#pattern.mayTakeLong) return void this.#searchLines(text);
    return withinTime(MOST_TIME, () => void this.#searchLines(text)) === TOO_LONG ? TOO_LONG : undefined;
  }

  #searchLines(text: string): void {
    for (let start = 0; start < text.length && !this.isCut;) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
      const match = this.#pattern.find(line);
      if (match) this.#note(line, match);
      if (newline >= 0) this.#nextLine++;
      start = end + 1;
    }
  }

  #note(line: string, { index, length }: { readonly index: number; readonly length: number }): void {
    if (this.lines.length === MOST_LINES) {
      this.isCut = true;
      return;
    }
    const start = line.length <= MOST_TEXT ? 0 : Math.max(0, Math.min(index - MOST_TEXT / 4, line.length - MOST_TEXT));
    // A copy: what is cut out of a string would keep all of it.
    const text = Buffer.from(line.slice(start, start + MOST_TEXT), 'utf16le').toString('utf16le');
    this.lines.push({ line: this.#nextLine, column: index + 1, length, text });
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
