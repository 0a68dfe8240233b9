import { hash } from 'node:crypto';

/** A seeded source of numbers (mulberry32), so that a failing run can be repeated. */
export function seededRandom(seed: number): {
  next(): number;
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
} {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { next, below, pick: (from) => from[below(from.length)]! };
}

/** Bytes that do not compress, always the same for a seed: the stream of the chunker vectors' README. */
export function randomBytes(seed: string, length: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 32) * 32);
  const input = Buffer.concat([Buffer.from(seed), Buffer.alloc(8)]);
  for (let at = 0; at < length; at += 32) {
    input.writeBigUInt64BE(BigInt(at / 32), input.length - 8);
    hash('sha256', input, 'buffer').copy(bytes, at);
  }
  return bytes.subarray(0, length);
}
