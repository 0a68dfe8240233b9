/**
 * The names in a git index (gitformat-index(5), versions 2 to 4): what git tracks. Content comes from
 * the workspace and is not trusted; a file that does not add up gives no result.
 */
export interface GitIndex {
  /** Byte strings, relative to the top of the work tree. A folder of a sparse index ends in a slash. */
  readonly paths: readonly string[];
  /** File name, beside the index, of the index that this one adds to (split index). */
  readonly sharedIndex?: string;
}

/** Reads an index; nothing if it is damaged or of an unknown kind. */
export function parseGitIndex(bytes: Buffer): GitIndex | undefined {
  // Nothing in the file says which hash it uses; only the right length makes the parts fit the whole.
  return parseWithHash(bytes, 20) ?? parseWithHash(bytes, 32);
}

function parseWithHash(bytes: Buffer, hashLength: number): GitIndex | undefined {
  if (bytes.length < 12 + hashLength || bytes.toString('latin1', 0, 4) !== 'DIRC') return undefined;
  const version = bytes.readUInt32BE(4);
  if (version < 2 || version > 4) return undefined;
  const end = bytes.length - hashLength;
  const paths: string[] = [];
  let at = 12;
  let previous = '';
  for (let count = bytes.readUInt32BE(8); count > 0; count--) {
    const flagsAt = at + 40 + hashLength;
    if (flagsAt + 4 > end) return undefined;
    const isExtended = (bytes[flagsAt]! & 0x40) !== 0;
    const nameAt = flagsAt + (isExtended ? 4 : 2);
    const entry = version === 4 ? readShortenedName(bytes, nameAt, previous) : readPaddedName(bytes, nameAt, at);
    if (!entry || entry.end > end) return undefined;
    // Entries that replace one of the shared index have no name of their own.
    if (entry.name !== '') paths.push(entry.name);
    previous = entry.name;
    at = entry.end;
  }
  return readExtensions(bytes, at, end, hashLength, paths);
}

function readPaddedName(bytes: Buffer, start: number, entryStart: number): { name: string; end: number } | undefined {
  const nul = bytes.indexOf(0, start);
  if (nul < 0) return undefined;
  // One to eight NULs fill the entry up to a multiple of eight bytes.
  return { name: bytes.toString('latin1', start, nul), end: nul + 8 - ((nul - entryStart) % 8) };
}

/** Version 4: how many bytes to drop from the end of the name before, then what to append. */
function readShortenedName(bytes: Buffer, start: number, previous: string): { name: string; end: number } | undefined {
  let at = start;
  let byte = bytes[at++] ?? 0;
  let drop = byte & 0x7f;
  while (byte & 0x80) {
    byte = bytes[at++] ?? 0;
    drop = (drop + 1) * 128 + (byte & 0x7f);
  }
  const nul = bytes.indexOf(0, at);
  if (nul < 0 || drop > previous.length) return undefined;
  return { name: previous.slice(0, previous.length - drop) + bytes.toString('latin1', at, nul), end: nul + 1 };
}

function readExtensions(
  bytes: Buffer,
  start: number,
  end: number,
  hashLength: number,
  paths: readonly string[],
): GitIndex | undefined {
  let sharedIndex: string | undefined;
  let at = start;
  while (at < end) {
    if (at + 8 > end) return undefined;
    const signature = bytes.toString('latin1', at, at + 4);
    const content = at + 8;
    at = content + bytes.readUInt32BE(at + 4);
    if (at > end) return undefined;
    if (signature === 'link') {
      if (content + hashLength > at) return undefined;
      const id = bytes.toString('hex', content, content + hashLength);
      if (!/^0+$/.test(id)) sharedIndex = `sharedindex.${id}`;
    } else if (!/^[A-Z]/.test(signature) && signature !== 'sdir') {
      // A reader must understand every extension whose name begins with a small letter.
      return undefined;
    }
  }
  return { paths, ...(sharedIndex !== undefined && { sharedIndex }) };
}
