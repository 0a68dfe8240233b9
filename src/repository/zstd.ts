/**
 * zstd frames of blobs (format notes 2.5). zlib's public functions make a new context for each call,
 * which for a small blob costs more than the work itself, so contexts are kept and driven through
 * the handle of a zlib stream. That handle is internal to Node: it is used only in versions known to
 * have it as it is here, and after it has proven itself; else the public functions do the same.
 */
import { constants, createZstdCompress, createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { damagedFrame, measureFrame } from './zstdFrame.ts';

const DEFAULT_LEVEL = 3;
/** What `--compression max` asks for: about what restic makes of it. */
export const BEST_LEVEL = 11;
/** Higher ones use windows beyond the 8 MiB of format notes 2.5. */
const MAX_LEVEL = 19;
/** Major versions of Node with the handle as it is here: a changed one would end the process. */
const KNOWN_NODES = [22, 23, 24, 25, 26];

export interface ZstdOptions {
  /** 1…19; 3 unless stated. */
  readonly level?: number;
  /** Uses zlib's public functions only. */
  readonly isPortable?: boolean;
}

/** Room that suffices for the frame of so many plain bytes (the bound that zstd itself gives). */
export function compressBound(plainLength: number): number {
  const small = 128 * 1024;
  return plainLength + (plainLength >>> 8) + (plainLength < small ? (small - plainLength) >>> 11 : 0) + 1;
}

/** Compresses and decompresses blobs. Not to be shared between threads. */
export class ZstdContext {
  readonly #codec: Codec;

  constructor({ level = DEFAULT_LEVEL, isPortable = false }: ZstdOptions = {}) {
    const params = { [constants.ZSTD_c_compressionLevel]: Math.min(level, MAX_LEVEL) };
    this.#codec = (isPortable ? undefined : createKeptCodec(params)) ?? createPortableCodec(params);
  }

  /**
   * Writes one frame, with its content size, to `offset` in `out` and returns its length; -1 if there
   * is not enough room, which cannot be with {@link compressBound} bytes.
   */
  compress(plain: Uint8Array, out: Buffer, offset: number): number {
    return this.#codec.compress(plain, out.subarray(offset));
  }

  /**
   * The content of one frame, which must have exactly `plainLength` bytes. No more is ever allocated,
   * and only if the frame's blocks can hold so much; nothing is if it and one byte more fit into `room`.
   * Throws `blob-damaged`.
   */
  decompress(frame: Uint8Array, plainLength: number, room?: Buffer): Buffer {
    const { contentLength = plainLength, maxContentLength } = measureFrame(frame);
    const wrongLength = `its content does not have the ${plainLength} bytes that are recorded`;
    if (contentLength !== plainLength || plainLength > maxContentLength) throw damagedFrame(wrongLength);
    // Room for one byte more shows that the content has come to its end.
    const needed = plainLength + 1;
    const out = room && room.length >= needed ? room.subarray(0, needed) : Buffer.allocUnsafe(needed);
    let length: number;
    try {
      length = this.#codec.decompress(frame, out);
    } catch (cause) {
      throw damagedFrame('it cannot be decoded', cause);
    }
    if (length !== plainLength) throw damagedFrame(wrongLength);
    return out.subarray(0, plainLength);
  }
}

/** Returns how many bytes were written to the start of `out`, -1 if there was not enough room. */
type Transform = (input: Uint8Array, out: Uint8Array) => number;

interface Codec {
  readonly compress: Transform;
  /** Throws for what is no frame. */
  readonly decompress: Transform;
}

type CompressParams = Record<number, number>;

function createPortableCodec(params: CompressParams): Codec {
  const copy = (result: Uint8Array, out: Uint8Array) => {
    if (result.length > out.length) return -1;
    out.set(result);
    return result.length;
  };
  return {
    compress: (plain, out) => copy(zstdCompressSync(plain, { params }), out),
    decompress: (frame, out) => copy(zstdDecompressSync(frame, { maxOutputLength: out.length }), out),
  };
}

/** Undefined where the internals of Node are not known or do not work as they should. */
function createKeptCodec(params: CompressParams): Codec | undefined {
  if (!KNOWN_NODES.includes(Number.parseInt(process.versions.node))) return undefined;
  try {
    const codec = {
      compress: keepContext(() => createZstdCompress({ params }), constants.ZSTD_e_end),
      decompress: keepContext(() => createZstdDecompress(), constants.ZSTD_e_continue),
    };
    return isWorking(codec) ? codec : undefined;
  } catch {
    return undefined;
  }
}

function isWorking(codec: Codec): boolean {
  const plain = Buffer.from('cairn cairn cairn');
  const frame = new Uint8Array(compressBound(plain.length));
  const out = new Uint8Array(plain.length + 1);
  const length = codec.compress(plain, frame);
  return codec.decompress(frame.subarray(0, length), out) === plain.length && plain.equals(out.subarray(0, -1));
}

/** A zlib stream as it is inside (lib/zlib.js of Node, `processChunkSync`). */
interface OpenStream {
  readonly _handle: {
    onerror: (message: string, errno: number, code: string) => void;
    writeSync: (
      ...args: [flush: number, input: Uint8Array, at: number, size: number, out: Uint8Array, at: number, size: number]
    ) => void;
  };
  /** After a call: room left in the output, bytes left of the input. */
  readonly _writeState: Uint32Array;
  destroy(): void;
}

function keepContext(open: () => unknown, flush: number): Transform {
  let failure: string | undefined;
  let stream: OpenStream;
  const renew = () => {
    stream = open() as OpenStream;
    failure = undefined;
    stream._handle.onerror = (message) => {
      failure = message;
    };
  };
  renew();
  return (input, out) => {
    stream._handle.writeSync(flush, input, 0, input.length, out, 0, out.length);
    const [roomLeft, inputLeft] = stream._writeState as unknown as [number, number];
    if (failure === undefined && inputLeft === 0 && roomLeft > 0) return out.length - roomLeft;
    // What is left in this context would get into the next frame.
    const error = failure;
    stream.destroy();
    renew();
    if (error !== undefined) throw new Error(error);
    return -1;
  };
}
