import { createHash } from 'node:crypto';

/** A seeded source of numbers (mulberry32), so that a failing run can be repeated. */
export function seededRandom(seed: number): { next(): number; below(limit: number): number; pick<T>(from: readonly T[]): T } {
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
  const parts: Buffer[] = [];
  for (let block = 0n; block * 32n < BigInt(length); block++) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(block);
    parts.push(createHash('sha256').update(seed).update(counter).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}
