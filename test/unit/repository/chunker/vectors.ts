import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from '../../../helpers/random.ts';

interface ChunkerInput {
  readonly name: string;
  readonly sha256: string;
  readonly kind: string;
  readonly seed?: string;
  readonly size: number;
  readonly prefix_hex?: string;
  readonly byte?: number;
  readonly count?: number;
}

/** How the real restic cut files (test/fixtures/restic/README.md). */
export const chunkerVectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/restic/chunker.json'), 'utf8'),
) as {
  readonly inputs: readonly ChunkerInput[];
  readonly polynomials: readonly {
    readonly polynomial_hex: string;
    /** By input: length and SHA-256 of each chunk. */
    readonly chunks: Readonly<Record<string, readonly (readonly [number, string])[]>>;
  }[];
};

const streams = new Map<string, Buffer>();

/** Begins of one stream are wanted again and again. */
function streamBytes(seed: string, length: number): Buffer {
  const known = streams.get(seed);
  if (known && known.length >= length) return known.subarray(0, length);
  streams.set(seed, randomBytes(seed, length));
  return streams.get(seed)!;
}

/** The bytes that an entry of `inputs` describes. */
export function makeChunkerInput({
  kind,
  seed = '',
  size,
  prefix_hex: prefix = '',
  byte,
  count,
}: ChunkerInput): Buffer {
  const mebibyte = 1024 * 1024;
  switch (kind) {
    case 'drbg':
      return streamBytes(seed, size);
    case 'concat':
      return Buffer.concat([Buffer.from(prefix, 'hex'), streamBytes(seed, size - prefix.length / 2)]);
    case 'repeat':
      return Buffer.alloc(size, byte);
    case 'concat-list':
      return Buffer.concat([
        streamBytes('cairn-chunker', mebibyte),
        Buffer.alloc(2 * mebibyte),
        streamBytes('cairn-chunker-2', mebibyte),
      ]);
    case 'lines':
      return Buffer.from(Array.from({ length: count! }, (_, i) => `line ${String(i).padStart(8, '0')}\n`).join(''));
    default:
      throw new Error(`The vectors have an input of kind ${kind}.`);
  }
}
