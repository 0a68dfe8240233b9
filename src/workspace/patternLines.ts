import { decodeRaw } from '../base/rawName.ts';

/**
 * The patterns in a file, by restic's rules: one a line, white space around it left out, and so are empty lines and
 * those that begin with `#`. `$NAME` and `${NAME}` stand for what `variable` says, nothing if it says nothing, and
 * `$$` for a dollar. The text may be UTF-8, or UTF-16 with a mark.
 */
export function patternsInFile(content: Uint8Array, variable: (name: string) => string | undefined): string[] {
  return decodeText(content)
    .split('\n')
    .map((line) => line.replace(blanks, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => expandVariables(line, variable));
}

/** What Go counts as white space. */
const blank = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const blanks = new RegExp(`^${blank}|${blank}$`, 'g');

/** Names are of letters, digits and `_`, or a single sign or digit; in braces they are of anything. */
const reference = /\$(?:\{([^}]*)\}|(\{)|([*#$@!?\-0-9]|\w+))/g;

function decodeText(content: Uint8Array): string {
  const [first, second] = content;
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : '';
  // Names need not be UTF-8.
  return encoding === '' ? decodeRaw(content).replace(/^\ufeff/, '') : new TextDecoder(encoding).decode(content);
}

/** What is malformed, `${}` and a brace that stays open, vanishes. */
function expandVariables(line: string, variable: (name: string) => string | undefined): string {
  return line.replace(reference, (_, braced: string | undefined, _open, plain: string | undefined) => {
    const name = braced ?? plain;
    return name === '$' ? '$' : name ? (variable(name) ?? '') : '';
  });
}
