/**
 * AssemblyScript, compiled by build/wasm.mts. The search for a cut (format notes 8), restic's
 * rolling form. The digest of a position depends on the 64 bytes before it and on nothing else, so
 * four places are searched at a time: one digest alone would wait for the table at every byte.
 *
 * Memory: the tables of ../chunker.ts at 0 and 2048, then the bytes to search.
 */

/** 256 × u64: what reduces a digest whose top byte is the index, and clears that byte. */
const MOD: usize = 0;
/** 256 × u64: what takes the byte out of the window that leaves it, one step later. */
const OUT: usize = 2048;
const WINDOW: usize = 64;
const MASK: u32 = 0xfffff;
/** Bytes that one of the four digests goes through before all four move on. */
const STRIP: usize = 4096;
const BLOCK: usize = 4 * STRIP;

function append(digest: u64, at: usize): u64 {
  return ((digest << 8) | load<u8>(at)) ^ load<u64>(MOD + ((<usize>(digest >> 45)) << 3));
}

function slide(digest: u64, at: usize): u64 {
  return append(digest, at) ^ load<u64>(OUT + ((<usize>load<u8>(at - WINDOW)) << 3));
}

/** The first cut in `from`…`to`, both included, as an address; 0 if there is none. */
export function findCut(from: usize, to: usize): usize {
  let at = from;
  for (; at + BLOCK <= to; at += BLOCK) {
    const cut = findInBlock(at);
    if (cut) return cut;
  }
  return findInStrip(at, to);
}

function findInStrip(from: usize, to: usize): usize {
  let digest: u64 = 0;
  for (let at = from - WINDOW; at < from; at++) digest = append(digest, at);
  let at = from;
  while ((<u32>digest) & MASK) {
    if (at == to) return 0;
    digest = slide(digest, at++);
  }
  return at;
}

function findInBlock(from: usize): usize {
  let a: u64 = 0;
  let b: u64 = 0;
  let c: u64 = 0;
  let d: u64 = 0;
  for (let at = from - WINDOW; at < from; at++) {
    a = append(a, at);
    b = append(b, at + STRIP);
    c = append(c, at + 2 * STRIP);
    d = append(d, at + 3 * STRIP);
  }
  const end = from + STRIP;
  for (let at = from; at < end; at++) {
    if (!((<u32>a) & MASK) || !((<u32>b) & MASK) || !((<u32>c) & MASK) || !((<u32>d) & MASK)) {
      return findInRest(from, at - from);
    }
    a = slide(a, at);
    b = slide(b, at + STRIP);
    c = slide(c, at + 2 * STRIP);
    d = slide(d, at + 3 * STRIP);
  }
  return 0;
}

/** The cut in a block whose strips have none in their first `done` bytes: an earlier strip's goes before. */
function findInRest(from: usize, done: usize): usize {
  for (let strip = from; strip < from + BLOCK; strip += STRIP) {
    const cut = findInStrip(strip + done, strip + STRIP);
    if (cut) return cut;
  }
  return 0;
}
