/**
 * JSON as Go's encoding/json writes it, HTML escaping on (format notes 7.5). The ids of trees are
 * hashes of this text, so it has to be the same to the byte.
 */

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * The text as a JSON string, quotes included. A byte that is not UTF-8 (a lone surrogate as in
 * `base/rawName.ts`) becomes the six characters `\ufffd`, which loses it; a real U+FFFD stays.
 */
export function escapeGoString(text: string): string {
  if (!/["\\<>&\u0000-\u001f\u2028\u2029\ud800-\udfff]/.test(text)) return `"${text}"`;
  return `"${text.replace(/["\\<>&\u0000-\u001f\u2028\u2029\ud800-\udfff]/gu, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  // Outside the range that stands for bytes, `encodeRaw` makes a real U+FFFD of a lone surrogate.
  if (code >= 0xd800 && code <= 0xdfff) return code >= 0xdc80 && code <= 0xdcff ? '\\ufffd' : '\ufffd';
  return shortEscapes[character] ?? `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * A value made of what JSON knows, without spaces; members that are undefined are left out, bigints
 * are written as integers. Only for nesting that is bounded (see `checkDepth`).
 */
export function goJson(value: unknown): string {
  if (typeof value === 'string') return escapeGoString(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${escapeGoString(key)}:${goJson(member)}`).join(',')}}`;
}

/** JSON as Go's `json.MarshalIndent` sets it for people, with two spaces; strings and numbers stay as they are written. */
export function indentJson(json: string): string {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[^\s",:[\]{}]+|[,:[\]{}]/g) ?? [];
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  const write = (token: string, at: number): string => {
    if (token === ',') return token + newLine();
    if (token === ':') return ': ';
    if (token === '{' || token === '[') {
      depth++;
      return isClosing(tokens[at + 1]) ? token : token + newLine();
    }
    if (!isClosing(token)) return token;
    depth--;
    const isEmpty = tokens[at - 1] === '{' || tokens[at - 1] === '[';
    return isEmpty ? token : newLine() + token;
  };
  return tokens.map(write).join('');
}

function isClosing(token: string | undefined): boolean {
  return token === '}' || token === ']';
}
