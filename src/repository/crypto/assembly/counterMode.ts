/**
 * AssemblyScript, compiled by build/wasm.mts. What is around the block cipher in AES-CTR; addresses
 * are in the memory that ../sealKernel.ts shares out. May write up to 15 bytes beyond `length`.
 */

/** Fills `length` bytes at `target` with counter blocks: that at `first`, then big-endian + 1 (format notes 2.2). */
export function fillCounters(target: usize, first: usize, length: usize): void {
  let high = bswap(load<u64>(first));
  let low = bswap(load<u64>(first, 8));
  for (const end = target + length; target < end; target += 16) {
    store<u64>(target, bswap(high));
    store<u64>(target, bswap(low), 8);
    if (!++low) high++;
  }
}

/** XORs `length` bytes at `target` with those at `stream`. */
export function applyStream(target: usize, stream: usize, length: usize): void {
  for (const end = target + length; target < end; target += 16, stream += 16) {
    v128.store(target, v128.xor(v128.load(target), v128.load(stream)));
  }
}
