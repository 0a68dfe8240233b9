import { CairnError } from '../../base/errors.ts';
import { asId, type BlobId, type BlobType } from './ids.ts';

/**
 * A pack is a run of sealed blobs, a sealed header that lists them, and the header's length
 * (format notes 4.1). This file knows the plain header only; sealing is `crypto/seal.ts`.
 */
export interface PackEntry {
  readonly type: BlobType;
  readonly id: BlobId;
  /** Where the sealed blob begins in the pack. */
  readonly offset: number;
  /** Bytes of the sealed blob. */
  readonly length: number;
  /** Bytes of the plain blob when it is stored compressed, else 0. */
  readonly uncompressedLength: number;
}

/**
 * Plain bytes that a blob may have. Chunks have at most 8 MiB (format notes 8.1); the list of a folder grows with its
 * entries, and with more of them Cairn does not store it. What claims more is damaged, or made to exhaust memory.
 */
export const MAX_BLOB_LENGTHS: Readonly<Record<BlobType, number>> = {
  data: 64 * 1024 * 1024,
  tree: 500 * 1024 * 1024,
};

/** IV and tag around everything that is sealed (format notes 2.2). */
export const SEAL_OVERHEAD = 32;
/** The length field at the end of a pack. */
export const PACK_TRAILER_LENGTH = 4;
const PLAIN_ENTRY_LENGTH = 37;
const COMPRESSED_ENTRY_LENGTH = 41;
/** A sealed header must not exceed this (format notes 4.1). */
const MAX_HEADER_LENGTH = 16 * 1024 * 1024;
/** A pack is closed at this many blobs, far below what the header limit allows. */
export const MAX_PACK_ENTRIES = 65_536;
/** The smallest valid pack: one empty blob that is not compressed. */
const MIN_PACK_LENGTH = PLAIN_ENTRY_LENGTH + SEAL_OVERHEAD + PACK_TRAILER_LENGTH;

/** Bytes of a blob's entry in the plain header. */
export function entryLength(entry: { uncompressedLength: number }): number {
  return entry.uncompressedLength > 0 ? COMPRESSED_ENTRY_LENGTH : PLAIN_ENTRY_LENGTH;
}

/** Size of the whole pack file that holds exactly these blobs; `check` and `prune` compare it with the file. */
export function packFileSize(entries: Iterable<{ length: number; uncompressedLength: number }>): number {
  let size = PACK_TRAILER_LENGTH + SEAL_OVERHEAD;
  for (const entry of entries) size += entry.length + entryLength(entry);
  return size;
}

/** The plain header; entries in the order of the blobs, which follow each other without a gap. */
export function packHeaderToBytes(entries: readonly PackEntry[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + entryLength(entry), 0));
  let at = 0;
  for (const entry of entries) {
    const compressed = entry.uncompressedLength > 0;
    at = bytes.writeUInt8((entry.type === 'tree' ? 1 : 0) + (compressed ? 2 : 0), at);
    at = bytes.writeUInt32LE(entry.length, at);
    if (compressed) at = bytes.writeUInt32LE(entry.uncompressedLength, at);
    at += bytes.write(entry.id, at, 'hex');
  }
  return bytes;
}

/**
 * Reads a plain header. Offsets are the running sum of the lengths.
 * Throws `repository-damaged`, naming the position, when it is not well-formed.
 */
export function parsePackHeader(header: Uint8Array): PackEntry[] {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const entries: PackEntry[] = [];
  let offset = 0;
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]!;
    const compressed = kind >= 2;
    const size = compressed ? COMPRESSED_ENTRY_LENGTH : PLAIN_ENTRY_LENGTH;
    if (kind > 3 || at + size > bytes.length) {
      throw new CairnError('repository-damaged', `The header of a pack is damaged at byte ${at}.`);
    }
    const length = bytes.readUInt32LE(at + 1);
    if (length < SEAL_OVERHEAD) {
      throw new CairnError('repository-damaged', `The header of a pack names a blob of ${length} bytes at byte ${at}.`);
    }
    entries.push({
      type: kind & 1 ? 'tree' : 'data',
      id: asId<BlobId>(bytes.toString('hex', at + size - 32, at + size)),
      offset,
      length,
      uncompressedLength: compressed ? bytes.readUInt32LE(at + 5) : 0,
    });
    offset += length;
    at += size;
  }
  return entries;
}

/**
 * Where the sealed header of a pack lies, from the pack's size and its last four bytes.
 * Throws `repository-damaged` when the size or the length field is out of bounds (format notes 4.1).
 */
export function locatePackHeader(packSize: number, trailer: Uint8Array): { offset: number; length: number } {
  if (trailer.byteLength < PACK_TRAILER_LENGTH) {
    throw new CairnError('repository-damaged', `A pack of ${packSize} bytes has no header.`);
  }
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  const length = view.getUint32(trailer.byteLength - PACK_TRAILER_LENGTH, true);
  const inBounds = length >= SEAL_OVERHEAD && length <= MAX_HEADER_LENGTH && length <= packSize - PACK_TRAILER_LENGTH;
  if (packSize < MIN_PACK_LENGTH || !inBounds) {
    throw new CairnError('repository-damaged', `A pack of ${packSize} bytes has no valid header length (${length}).`);
  }
  return { offset: packSize - PACK_TRAILER_LENGTH - length, length };
}
