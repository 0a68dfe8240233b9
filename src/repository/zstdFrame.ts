import { CairnError } from '../base/errors.ts';

/** What the structure of a zstd frame says about its content. */
export interface FrameMeasure {
  /** Bytes, as its header states; small frames of restic's do not (format notes 2.5). */
  readonly contentLength: number | undefined;
  /** Bytes that its blocks can hold at the most. */
  readonly maxContentLength: number;
}

const MAGIC = 0xfd2fb528;
const BLOCK_HEADER_LENGTH = 3;
const MAX_BLOCK_CONTENT = 128 * 1024;
const CHECKSUM_LENGTH = 4;
const DICTIONARY_ID_LENGTHS = [0, 1, 2, 4];
const BlockType = { raw: 0, repeated: 1, compressed: 2 };

/**
 * Walks through a frame (RFC 8878, 3.1.1) without decoding it. A frame that a decoder is given after
 * this has its last block, so the decoder cannot be left waiting for more; and a length that the
 * blocks cannot hold is known before memory is taken for it.
 * Throws `blob-damaged` unless this is exactly one frame from the first byte to the last.
 */
export function measureFrame(bytes: Uint8Array): FrameMeasure {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return walkFrame(frame);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw damagedFrame('it is cut off', cause);
  }
}

/** Reading beyond the end throws a RangeError. */
function walkFrame(frame: Buffer): FrameMeasure {
  if (frame.readUInt32LE(0) !== MAGIC) throw damagedFrame('it is no zstd frame');
  const descriptor = frame.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const lengthAt = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_LENGTHS[descriptor & 3]!;
  const { contentLength, end } = readContentLength(frame, lengthAt, descriptor >> 6, isSingleSegment);
  let at = end;
  let maxContentLength = 0;
  for (let isLast = false; !isLast;) {
    const header = frame.readUIntLE(at, BLOCK_HEADER_LENGTH);
    isLast = (header & 1) === 1;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    at += BLOCK_HEADER_LENGTH + (type === BlockType.repeated ? 1 : size);
    maxContentLength += type === BlockType.compressed ? MAX_BLOCK_CONTENT : size;
  }
  if ((descriptor & 4) !== 0) at += CHECKSUM_LENGTH;
  if (at !== frame.length) throw damagedFrame(at > frame.length ? 'it is cut off' : 'something follows it');
  return { contentLength, maxContentLength };
}

function readContentLength(
  frame: Buffer,
  at: number,
  flag: number,
  isSingleSegment: boolean,
): { contentLength: number | undefined; end: number } {
  if (flag === 0) {
    return isSingleSegment
      ? { contentLength: frame.readUInt8(at), end: at + 1 }
      : { contentLength: undefined, end: at };
  }
  if (flag === 1) return { contentLength: frame.readUInt16LE(at) + 256, end: at + 2 };
  if (flag === 2) return { contentLength: frame.readUInt32LE(at), end: at + 4 };
  return { contentLength: Number(frame.readBigUInt64LE(at)), end: at + 8 };
}

/** The error for compressed data that cannot be what was stored. */
export function damagedFrame(what: string, cause?: unknown): CairnError {
  return new CairnError('blob-damaged', `Compressed data is damaged: ${what}.`, { cause });
}
