import { lowerAscii } from './byteString.ts';
import { matchesSegments, parseSegments, type Segment } from './wildcard.ts';

/**
 * One line of a file in gitignore syntax, prepared for matching. All texts are byte strings.
 * The rules are those of gitignore(5), in the details those of git itself.
 */
export interface GitPattern {
  /** The line, less spaces that do not count. */
  readonly source: string;
  /** Counted from 1. */
  readonly line: number;
  /** `!`: what matches is not ignored. */
  readonly negated: boolean;
  /** A slash at the end: matches folders only. */
  readonly foldersOnly: boolean;
  /** A slash elsewhere: compared with the path from the file's folder on; without, with the name alone. */
  readonly wholePath: boolean;
  /** What comes before the first wildcard. */
  readonly prefix: string;
  /** The rest, absent when there is no wildcard. */
  readonly rest?: readonly Segment[];
  /** In place of `rest`, for the form `*suffix`. */
  readonly suffix?: string;
}

/** Prepares one line; nothing for comments, empty lines, and patterns that can never match. */
export function parseGitPattern(text: string, line: number, ignoreCase: boolean): GitPattern | undefined {
  if (text.startsWith('#')) return undefined;
  const source = trimTrailingSpaces(text);
  text = source;
  const negated = text.startsWith('!');
  if (negated) text = text.slice(1);
  const foldersOnly = text.endsWith('/');
  if (foldersOnly) text = text.slice(0, -1);
  const wholePath = text.includes('/');
  if (text.startsWith('/')) text = text.slice(1);
  if (text === '') return undefined;

  const about = { source, line, negated, foldersOnly, wholePath };
  const fold = ignoreCase ? lowerAscii : (bytes: string) => bytes;
  const special = text.search(/[*?[\\]/);
  if (special < 0) return { ...about, prefix: fold(text) };
  if (!wholePath && /^\*[^*?[\\]*$/.test(text)) return { ...about, prefix: '', suffix: fold(text.slice(1)) };
  const rest = parseSegments(text.slice(special), ignoreCase);
  return rest && { ...about, prefix: fold(text.slice(0, special)), rest };
}

/** Whether the text (a name, or a path for `wholePath`; lowered where case does not count) fits the pattern. */
export function matchesGitPattern(pattern: GitPattern, text: string): boolean {
  if (pattern.suffix !== undefined) return text.endsWith(pattern.suffix);
  if (pattern.rest === undefined) return text === pattern.prefix;
  return text.startsWith(pattern.prefix) && matchesSegments(pattern.rest, text.slice(pattern.prefix.length));
}

/** Spaces at the end do not count unless a backslash protects them. */
function trimTrailingSpaces(line: string): string {
  let end = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === ' ') continue;
    end = at + 1;
  }
  return line.slice(0, end);
}
