/**
 * File names are bytes, JavaScript strings are not. Cairn keeps every name and path as a string in
 * which a byte that is not part of valid UTF-8 stands as the lone surrogate U+DC00 + byte (the
 * "surrogate escape" of Python's PEP 383). Valid UTF-8 never yields a lone surrogate, so the mapping
 * is one to one, and nearly all names are just ordinary strings.
 */

/** Decodes the raw bytes of a name or path; invalid bytes become lone surrogates U+DC80…U+DCFF. */
export function decodeRaw(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  // A replacement character is the only sign of invalid input; most names have none.
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(buffer)) return text;
  let result = '';
  let start = 0;
  for (let at = 0; at < buffer.length;) {
    const length = validSequenceLength(buffer, at);
    if (length > 0) {
      at += length;
      continue;
    }
    result += buffer.toString('utf8', start, at) + String.fromCharCode(0xdc00 + buffer[at]!);
    start = ++at;
  }
  return result + buffer.toString('utf8', start);
}

/** The inverse of {@link decodeRaw}. A surrogate outside the escape range becomes U+FFFD. */
export function encodeRaw(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const piece of text.split(/([\udc80-\udcff])/u)) {
    const code = piece.length === 1 ? piece.charCodeAt(0) : 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(piece, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Orders names by their raw bytes, the order of nodes in a tree (format notes 7.1). */
export function compareRaw(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shorter) return a.length - b.length;
  const [first, second] = [a.charCodeAt(at), b.charCodeAt(at)];
  // UTF-16 order is that of the bytes but for surrogates, and what is above them.
  if (first < 0xd800 && second < 0xd800) return first - second;
  return Buffer.compare(encodeRaw(a), encodeRaw(b));
}

/**
 * What a terminal or an editor obeys instead of showing it: control characters, ends of lines, and what changes the
 * direction of the text around it, so that names look like others (Unicode's `Bidi_Control`).
 */
const commanding = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The path for a person: invalid bytes as U+FFFD, and escapes for all that a terminal would obey, so it stays on one line. */
export function displayPath(path: string): string {
  return path.toWellFormed().replace(commanding, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The same JSON, with escapes for all that a terminal would obey: there it stands in strings only, as JSON has no other place for it. */
export function displayJson(json: string): string {
  return json.replace(commanding, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Length of the valid UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7). */
function validSequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const continuation = (offset: number, low = 0x80, high = 0xbf) => {
    const byte = bytes[at + offset];
    return byte !== undefined && byte >= low && byte <= high;
  };
  if (first >= 0xc2 && first <= 0xdf) return continuation(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const low = first === 0xe0 ? 0xa0 : 0x80;
    const high = first === 0xed ? 0x9f : 0xbf;
    return continuation(1, low, high) && continuation(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const low = first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xf4 ? 0x8f : 0xbf;
    return continuation(1, low, high) && continuation(2) && continuation(3) ? 4 : 0;
  }
  return 0;
}
