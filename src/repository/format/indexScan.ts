/**
 * Reading an index file as we and restic write it, byte by byte: nothing is made for each of its blobs,
 * where parsing JSON makes several things. The index of a large repository has millions.
 */
import { asId, type BlobType, type PackId } from './ids.ts';

/** A blob of a pack, as in `PackEntry`. The same object for each, to be used at once. */
export interface ScannedBlob {
  type: BlobType;
  /** 32 bytes. */
  readonly id: Uint8Array;
  offset: number;
  length: number;
  uncompressedLength: number;
}

/** Takes the packs of an index file; `blobs` has to be read to its end. */
export type PackVisitor = (id: PackId, blobs: Iterable<ScannedBlob>) => void;

const ID_DIGITS = 64;
const MAX_UINT32 = 0xffff_ffff;
const [zero, nine] = [0x30, 0x39];

/** The value of a lower-case hex digit by its character code; 255 for any other character. */
const digitValues = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) digitValues[digit.charCodeAt(0)] = value;

const text = {
  listStart: Buffer.from('{"packs":['),
  packStart: Buffer.from('{"id":"'),
  blobs: Buffer.from('","blobs":['),
  type: Buffer.from('","type":"'),
  data: Buffer.from('data'),
  tree: Buffer.from('tree'),
  offset: Buffer.from('","offset":'),
  length: Buffer.from(',"length":'),
  uncompressed: Buffer.from(',"uncompressed_length":'),
  comma: Buffer.from(','),
  objectEnd: Buffer.from('}'),
  listEnd: Buffer.from(']}'),
};

/**
 * Visits all packs. False if the file is written in another way, or not an index: then some packs may
 * have been visited, each with blobs that are well-formed, and `parseIndexFile` has to tell.
 */
export function scanIndexFile(bytes: Uint8Array, visit: PackVisitor): boolean {
  const scanner = new Scanner(bytes);
  if (!scanner.take(text.listStart)) return false;
  if (scanner.take(text.listEnd)) return scanner.isAtEnd;
  do {
    if (!scanner.take(text.packStart)) return false;
    const id = scanner.takeIdText();
    if (id === undefined || !scanner.take(text.blobs)) return false;
    visit(id, scanner.takeBlobs());
    if (scanner.hasFailed) return false;
  } while (scanner.take(text.comma));
  return scanner.take(text.listEnd) && scanner.isAtEnd;
}

class Scanner {
  hasFailed = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True if there is nothing more but the white space of JSON (RFC 8259, section 2). */
  get isAtEnd(): boolean {
    return this.#bytes.subarray(this.#at).every((byte) => [0x20, 0x09, 0x0a, 0x0d].includes(byte));
  }

  /** Passes over this text if it comes next. */
  take(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    for (let at = 0; at < expected.length; at++) if (bytes[this.#at + at] !== expected[at]) return false;
    this.#at += expected.length;
    return true;
  }

  takeIdText(): PackId | undefined {
    const id = new Uint8Array(ID_DIGITS / 2);
    return this.#takeId(id) ? asId<PackId>(Buffer.from(id.buffer).toString('hex')) : undefined;
  }

  /** The blobs up to the end of a pack's list. */
  *takeBlobs(): Generator<ScannedBlob, void, void> {
    const blob: ScannedBlob = {
      type: 'data',
      id: new Uint8Array(ID_DIGITS / 2),
      offset: 0,
      length: 0,
      uncompressedLength: 0,
    };
    if (this.take(text.listEnd)) return;
    do {
      if (!this.#takeBlob(blob)) {
        this.hasFailed = true;
        return;
      }
      yield blob;
    } while (this.take(text.comma));
    if (!this.take(text.listEnd)) this.hasFailed = true;
  }

  #takeBlob(blob: ScannedBlob): boolean {
    if (!this.take(text.packStart) || !this.#takeId(blob.id) || !this.take(text.type)) return false;
    if (this.take(text.data)) blob.type = 'data';
    else if (this.take(text.tree)) blob.type = 'tree';
    else return false;
    if (!this.take(text.offset)) return false;
    blob.offset = this.#takeNumber();
    if (!this.take(text.length)) return false;
    blob.length = this.#takeNumber();
    blob.uncompressedLength = this.take(text.uncompressed) ? this.#takeNumber() : 0;
    return blob.offset >= 0 && blob.length >= 0 && blob.uncompressedLength >= 0 && this.take(text.objectEnd);
  }

  #takeId(id: Uint8Array): boolean {
    const bytes = this.#bytes;
    if (this.#at + ID_DIGITS > bytes.length) return false;
    for (let at = 0; at < id.length; at++) {
      const high = digitValues[bytes[this.#at++]!]!;
      const low = digitValues[bytes[this.#at++]!]!;
      if ((high | low) > 15) return false;
      id[at] = (high << 4) | low;
    }
    return true;
  }

  /** -1 if there is no number of 32 bits. */
  #takeNumber(): number {
    const start = this.#at;
    let value = 0;
    for (let byte = this.#bytes[start]!; byte >= zero && byte <= nine; byte = this.#bytes[++this.#at]!) {
      value = value * 10 + byte - zero;
      if (value > MAX_UINT32) return -1;
    }
    const hasLeadingZero = this.#bytes[start] === zero && this.#at > start + 1;
    return this.#at === start || hasLeadingZero ? -1 : value;
  }
}
