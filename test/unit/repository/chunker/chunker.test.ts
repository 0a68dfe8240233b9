import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Chunker, MAX_CHUNK_LENGTH, MIN_CHUNK_LENGTH } from '../../../../src/repository/chunker/chunker.ts';
import { createPolynomial, remainder } from '../../../../src/repository/chunker/polynomial.ts';
import { randomBytes } from '../../../helpers/random.ts';
import { chunkerVectors, makeChunkerInput } from './vectors.ts';

const polynomial = BigInt(`0x${chunkerVectors.polynomials[0]!.polynomial_hex}`);

/** The lengths of a file's chunks when each read gives as many bytes as `nextRead` says, or as have room. */
function chunkLengths(chunker: Chunker, file: Buffer, nextRead: () => number): number[] {
  const { buffer } = chunker;
  const lengths: number[] = [];
  let filled = 0;
  let searched = 0;
  for (let position = 0; position < file.length;) {
    const count = file.copy(buffer, filled, position, position + Math.min(nextRead(), buffer.length - filled));
    position += count;
    filled += count;
    let start = 0;
    for (let cut = chunker.findCut(0, filled, searched); cut > 0; cut = chunker.findCut(start, filled)) {
      lengths.push(cut - start);
      start = cut;
    }
    buffer.copyWithin(0, start, filled);
    filled -= start;
    searched = filled;
  }
  return filled > 0 ? [...lengths, filled] : lengths;
}

/**
 * Where the definition cuts (format notes 8.1), each position judged by its 64 bytes alone. Only the
 * low 20 bits of the sum matter; they are the sum of the low 20 bits of its terms.
 */
function makeReference(modulus: bigint): (data: Uint8Array, from: number, to: number) => number {
  const terms = Array.from({ length: 64 }, (_, i) => {
    const table = new Int32Array(256);
    for (let bit = 0; bit < 8; bit++) {
      const term = Number(remainder(1n << BigInt(8 * (63 - i) + bit), modulus) & 0xfffffn);
      for (let byte = 0; byte < 256; byte++) if (byte & (1 << bit)) table[byte]! ^= term;
    }
    return table;
  });
  return (data, from, to) => {
    for (let at = from; at <= to; at++) {
      let sum = 0;
      for (let i = 0; i < 64; i++) sum ^= terms[i]![data[at - 64 + i]!]!;
      if (sum === 0) return at;
    }
    return -1;
  };
}

describe('files are cut where restic cuts them', () => {
  test.each(chunkerVectors.inputs)('$name', (input) => {
    const file = makeChunkerInput(input);
    expect(createHash('sha256').update(file).digest('hex')).toBe(input.sha256);
    for (const { polynomial_hex: hex, chunks } of chunkerVectors.polynomials) {
      let at = 0;
      const found = chunkLengths(new Chunker(BigInt(`0x${hex}`)), file, () => 1_000_000).map((length) => {
        const chunk = file.subarray(at, (at += length));
        return [length, createHash('sha256').update(chunk).digest('hex')];
      });
      expect(found).toEqual(chunks[input.name]);
    }
  });
});

describe('how a file is read does not matter', () => {
  const file = Buffer.concat([
    randomBytes('buffering', 3_000_000),
    Buffer.alloc(1_200_000),
    randomBytes('buffering-2', 1_500_000),
  ]);
  const chunker = new Chunker(polynomial);
  const whole = chunkLengths(chunker, file, () => Infinity);

  test('as there are several chunks', () => expect(whole.length).toBeGreaterThan(4));

  test('with reads of any size', () => {
    const read = fc.oneof(fc.integer({ min: 5000, max: 70_000 }), fc.integer({ min: 1, max: 3_000_000 }));
    fc.assert(
      fc.property(fc.array(read, { minLength: 1, maxLength: 20 }), (reads) => {
        let turn = 0;
        expect(chunkLengths(chunker, file, () => reads[turn++ % reads.length]! + 4000)).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  test('byte by byte around a cut', () => {
    const cut = whole[0]!;
    file.copy(chunker.buffer, 0, 0, cut + 300);
    for (let end = cut - 300; end <= cut + 300; end++) expect(chunker.findCut(0, end)).toBe(end < cut ? -1 : cut);
  });

  test('with a chunk anywhere in the buffer', () => {
    for (const start of [1, 2, 3, 5, 4095, 65_537, 1024 * 1024]) {
      file.copy(chunker.buffer, start, 0, 3_000_000);
      expect(chunker.findCut(start, start + 3_000_000)).toBe(start + whole[0]!);
    }
  });

  test('with whatever lies before and behind in the buffer', () => {
    chunker.buffer.fill(0);
    file.copy(chunker.buffer, 100, 0, whole[0]! - 1);
    expect(chunker.findCut(100, 100 + whole[0]! - 1)).toBe(-1);
  });
});

describe('cuts', () => {
  const chunker = new Chunker(polynomial);
  const referenceCut = makeReference(polynomial);
  const searched = 70_000;

  // 64 zero bytes are a window that cuts under any polynomial.
  test('are the first in any constellation', () => {
    const noise = randomBytes('constellation', MIN_CHUNK_LENGTH + searched);
    expect(referenceCut(noise, MIN_CHUNK_LENGTH, noise.length)).toBe(-1);
    const place = fc.oneof(fc.nat(searched - 1), fc.nat(20_000));
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 5 }), (places) => {
        noise.copy(chunker.buffer);
        for (const at of places) chunker.buffer.fill(0, MIN_CHUNK_LENGTH - 64 + at, MIN_CHUNK_LENGTH + at);
        const first = MIN_CHUNK_LENGTH + Math.min(...places);
        // A window that reaches into zeros on both sides may cut earlier.
        const expected = referenceCut(chunker.buffer, Math.max(MIN_CHUNK_LENGTH, first - 64), first);
        expect(chunker.findCut(0, noise.length)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('are those of the definition for any polynomial', () => {
    for (let run = 0; run < 5; run++) {
      const other = createPolynomial();
      const data = randomBytes(`definition-${run}`, 3_000_000);
      const cut = makeReference(other)(data, MIN_CHUNK_LENGTH, data.length);
      expect(chunkLengths(new Chunker(other), data, () => Infinity)[0]).toBe(cut < 0 ? data.length : cut);
    }
  });

  test('come at the longest chunk where the content asks for none', () => {
    chunker.buffer.fill(1);
    expect(chunker.findCut(0, MAX_CHUNK_LENGTH - 1)).toBe(-1);
    expect(chunker.findCut(0, MAX_CHUNK_LENGTH)).toBe(MAX_CHUNK_LENGTH);
    expect(chunker.findCut(5, chunker.buffer.length)).toBe(5 + MAX_CHUNK_LENGTH);
  });

  test('never come before the shortest chunk', () => {
    chunker.buffer.fill(0);
    expect(chunker.findCut(0, MIN_CHUNK_LENGTH - 1)).toBe(-1);
    expect(chunker.findCut(0, chunker.buffer.length)).toBe(MIN_CHUNK_LENGTH);
    expect(chunker.findCut(10, 10)).toBe(-1);
  });
});
