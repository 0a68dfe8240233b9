/**
 * What the primitives of storing a blob cost on one thread: `node bench/primitives.ts [--portable]`.
 * Each figure is the fastest of several rounds, so that other work on the machine does not count.
 */
import { Chunker, MIN_CHUNK_LENGTH } from '../src/repository/chunker/chunker.ts';
import { createPolynomial } from '../src/repository/chunker/polynomial.ts';
import { createMasterKey } from '../src/repository/crypto/masterKey.ts';
import { Sealer } from '../src/repository/crypto/seal.ts';
import { sha256Hex } from '../src/repository/hash.ts';
import { compressBound, ZstdContext } from '../src/repository/zstd.ts';
import { randomBytes } from '../test/helpers/random.ts';

const sizes: readonly (readonly [string, number])[] = [
  ['1 KB', 1024],
  ['4 KB', 4096],
  ['20 KB', 20 * 1024],
  ['48 KB', 48 * 1024],
  ['1 MB', 1024 * 1024],
];
const ROUNDS = 15;
const ROUND_MS = 40;

/** Microseconds of one call. */
function measure(call: () => void): number {
  let calls = 1;
  for (;;) {
    const time = timeCalls(call, calls);
    if (time >= ROUND_MS / 2) break;
    calls *= 2;
  }
  return (Math.min(...Array.from({ length: ROUNDS }, () => timeCalls(call, calls))) / calls) * 1000;
}

function timeCalls(call: () => void, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  return performance.now() - start;
}

function report(name: string, size: string, bytes: number, call: () => void): void {
  const time = measure(call);
  const rate = (bytes / time).toFixed(0);
  console.log(`${name.padEnd(12)}${size.padStart(6)}${time.toFixed(2).padStart(12)} µs${rate.padStart(8)} MB/s`);
}

/** Words in an order that follows no rule: compresses about as source code does. */
function makeText(length: number): Buffer {
  const words = 'const return await import from function string number readonly if else for of this new null'.split(
    ' ',
  );
  const bytes = randomBytes('text', length);
  let text = '';
  for (let at = 0; text.length < length; at++) {
    const byte = bytes[at]!;
    text += byte < 64 ? `name${byte * 7}${'\n'.repeat(byte & 1)}` : `${words[byte % words.length]!} `;
  }
  return Buffer.from(text.slice(0, length));
}

const sealer = new Sealer(createMasterKey());
const zstd = new ZstdContext({ isPortable: process.argv.includes('--portable') });

for (const [size, bytes] of sizes) {
  const noise = randomBytes('noise', bytes);
  const out = Buffer.alloc(compressBound(bytes) + 32);
  const sealed = sealer.seal(noise);
  report('seal', size, bytes, () => sealer.sealInto(noise, out, 0));
  report('open', size, bytes, () => sealer.open(sealed));
  const text = makeText(bytes);
  const frame = Buffer.from(out.subarray(0, zstd.compress(text, out, 0)));
  report('compress', size, bytes, () => zstd.compress(text, out, 0));
  report('decompress', size, bytes, () => zstd.decompress(frame, bytes));
  report('sha256', size, bytes, () => sha256Hex(noise));
}

const chunker = new Chunker(createPolynomial());
const { length } = chunker.buffer;
randomBytes('file', length).copy(chunker.buffer);
report('chunk', '9 MB', length, () => {
  for (let cut = chunker.findCut(0, length); cut > 0; cut = chunker.findCut(cut, length));
});
chunker.buffer.fill(1);
report('search', '1 MB', 1024 * 1024, () => chunker.findCut(0, MIN_CHUNK_LENGTH + 1024 * 1024));
