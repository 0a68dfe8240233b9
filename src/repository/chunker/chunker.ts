/** Content-defined chunking as restic does it, which decides the ids of blobs (format notes 8). */
import { chunkerWasm } from './chunkerWasm.ts';
import { POLYNOMIAL_DEGREE, remainder } from './polynomial.ts';

/** No chunk is shorter, unless it is a file's last. */
export const MIN_CHUNK_LENGTH = 512 * 1024;
/** No chunk is longer. */
export const MAX_CHUNK_LENGTH = 8 * 1024 * 1024;

const PAGE = 64 * 1024;
/** In front of the buffer, for the tables (see assembly/chunker.ts). */
const TABLES_LENGTH = PAGE;
const BUFFER_LENGTH = MAX_CHUNK_LENGTH + 1024 * 1024;
const WINDOW_BITS = 64 * 8;

/** Finds where files are cut. Holds no state but the bytes in its buffer; not to be shared between threads. */
export class Chunker {
  /** Where file content is read to and searched; room for the longest chunk and 1 MiB more. */
  readonly buffer: Buffer;
  readonly #findCut: (from: number, to: number) => number;

  /** The polynomial must be of degree 53 and irreducible. */
  constructor(polynomial: bigint) {
    const pages = (TABLES_LENGTH + BUFFER_LENGTH) / PAGE;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(Buffer.from(chunkerWasm, 'base64'));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#findCut = exports['findCut'] as (from: number, to: number) => number;
    this.buffer = Buffer.from(memory.buffer, TABLES_LENGTH, BUFFER_LENGTH);
    new BigUint64Array(memory.buffer).set([...makeModTable(polynomial), ...makeOutTable(polynomial)]);
  }

  /**
   * Where in the buffer the chunk ends that begins at `start`, when the file's bytes are known up to
   * `end`; -1 if it goes on beyond them. The last chunk of a file ends with the file. `searched`: where a
   * search for the same chunk came to its end before.
   */
  findCut(start: number, end: number, searched = 0): number {
    const first = Math.max(start + MIN_CHUNK_LENGTH, searched);
    const last = start + MAX_CHUNK_LENGTH;
    if (end < first) return -1;
    const cut = this.#findCut(TABLES_LENGTH + first, TABLES_LENGTH + Math.min(end, last));
    if (cut !== 0) return cut - TABLES_LENGTH;
    return end >= last ? last : -1;
  }
}

/** By a digest's top byte b: (b · x^53 mod P) + b · x^53, the first sum of which has a degree below 53. */
function makeModTable(polynomial: bigint): BigUint64Array {
  return makeLinearTable((byte) => {
    const top = byte << BigInt(POLYNOMIAL_DEGREE);
    return top ^ remainder(top, polynomial);
  });
}

/** By a byte b that has left the window: b · x^512 mod P, its share in a digest one byte later. */
function makeOutTable(polynomial: bigint): BigUint64Array {
  return makeLinearTable((byte) => remainder(byte << BigInt(WINDOW_BITS), polynomial));
}

/** All 256 values of a function for which f(a XOR b) = f(a) XOR f(b), from those of single bits. */
function makeLinearTable(valueOf: (byte: bigint) => bigint): BigUint64Array {
  const table = new BigUint64Array(256);
  for (let bit = 1; bit < 256; bit <<= 1) {
    const value = valueOf(BigInt(bit));
    for (let below = 0; below < bit; below++) table[bit | below] = value ^ table[below]!;
  }
  return table;
}
