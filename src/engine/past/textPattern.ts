import { CairnError } from '../../base/errors.ts';

/** What is searched for. */
export interface SearchPattern {
  readonly text: string;
  /** The text is a regular expression, as JavaScript has them, for one line. */
  readonly isRegex?: boolean;
  readonly ignoreCase?: boolean;
}

/** A pattern that can be compared with lines. */
export interface TextPattern {
  /** The first match in a line, by UTF-16. */
  readonly find: (line: string) => { readonly index: number; readonly length: number } | undefined;
  /** Whether a text of several lines may have a match; false is certain. */
  readonly mayBeIn: (text: string) => boolean;
  /** The same of bytes in UTF-8, before they are made text. */
  readonly mayBeInBytes: (bytes: Buffer) => boolean;
  /** Comparing may take for ever: a repetition can be tried in many ways. */
  readonly mayTakeLong: boolean;
}

/** Throws `usage` for a pattern that cannot be used. */
export function compilePattern({ text, isRegex = false, ignoreCase = false }: SearchPattern): TextPattern {
  if (text === '') throw new CairnError('usage', 'The pattern is empty. Give the text to look for.');
  if (isRegex) return compileRegex(text, ignoreCase);
  if (/[\r\n]/.test(text)) throw new CairnError('usage', 'The pattern has several lines. Give a part of one line.');
  if (ignoreCase) {
    const expression = new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll('\\-', '\\x2d'), 'iu');
    const find = findBy(expression);
    return { find, mayBeIn: (lines) => expression.test(lines), mayBeInBytes: () => true, mayTakeLong: false };
  }
  const bytes = Buffer.from(text);
  return {
    find: (line) => {
      const index = line.indexOf(text);
      return index < 0 ? undefined : { index, length: text.length };
    },
    mayBeIn: (lines) => lines.includes(text),
    mayBeInBytes: (content) => content.includes(bytes),
    mayTakeLong: false,
  };
}

function compileRegex(text: string, ignoreCase: boolean): TextPattern {
  const expression = toRegExp(text, ignoreCase ? 'i' : '');
  return {
    find: findBy(expression),
    mayBeIn: () => true,
    mayBeInBytes: () => true,
    mayTakeLong: /[*+?{]/.test(text.replaceAll('(?', '')),
  };
}

/** Escapes that are needless are errors in the newer syntax only. */
function toRegExp(text: string, flags: string): RegExp {
  try {
    return new RegExp(text, `${flags}u`);
  } catch {
    try {
      return new RegExp(text, flags);
    } catch (cause) {
      const message = `"${text.slice(0, 100)}" is no regular expression: ${(cause as Error).message.replace(/^.*\/[a-z]*: /, '')}.`;
      throw new CairnError('usage', message, { cause });
    }
  }
}

function findBy(expression: RegExp): TextPattern['find'] {
  return (line) => {
    const match = expression.exec(line);
    return match ? { index: match.index, length: match[0].length } : undefined;
  };
}
