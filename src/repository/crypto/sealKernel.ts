/**
 * The WebAssembly behind {@link Sealer}: libsodium's Poly1305 and the arithmetic of AES-CTR around
 * the block cipher, in one memory. It is used synchronously, so all sealers of a thread share one.
 */
import { counterModeWasm } from './counterModeWasm.ts';
import { poly1305Wasm } from './poly1305Wasm.ts';

/** Bytes that fit into each of the three work areas. */
export const PIECE_LENGTH = 64 * 1024;

// The library's data and stack end below 128 KiB; it was built without an allocator of its own.
const STATE = 128 * 1024;
const MAC_KEY = STATE + 512;
const TAG = STATE + 1024;
const FIRST_COUNTER = STATE + 2048;
const COUNTERS = STATE + 4096;
const STREAM = COUNTERS + PIECE_LENGTH;
const MESSAGE = STREAM + PIECE_LENGTH;

/** Lengths are in bytes and at most {@link PIECE_LENGTH}; what is returned is valid until the next call. */
export interface SealKernel {
  /** The 16-byte blocks whose encryption is the key stream of `length` bytes that begins at `iv`. */
  makeCounters(iv: Uint8Array, length: number): Uint8Array;
  /** The input XORed with the key stream. */
  applyStream(input: Uint8Array, stream: Uint8Array): Uint8Array;
  /** Poly1305 by the key `r || nonce`, which is clamped there (format notes 2.2); 16 bytes. */
  authenticate(r: Uint8Array, nonce: Uint8Array, message: Uint8Array): Uint8Array;
}

let kernel: SealKernel | undefined;

/** Compiled at the first call in a thread, in less than a millisecond. */
export function getSealKernel(): SealKernel {
  return (kernel ??= createKernel());
}

function createKernel(): SealKernel {
  const sodium = instantiate(poly1305Wasm, {}) as unknown as Sodium;
  const memory = Object.values(sodium).find((value) => value instanceof WebAssembly.Memory)!;
  const counterMode = instantiate(counterModeWasm, { env: { memory } }) as unknown as CounterMode;
  const bytes = new Uint8Array(memory.buffer);
  const tag = bytes.subarray(TAG, TAG + 16);
  return {
    makeCounters(iv, length) {
      bytes.set(iv, FIRST_COUNTER);
      const blocks = (length + 15) & ~15;
      counterMode.fillCounters(COUNTERS, FIRST_COUNTER, blocks);
      return bytes.subarray(COUNTERS, COUNTERS + blocks);
    },
    applyStream(input, stream) {
      bytes.set(input, MESSAGE);
      bytes.set(stream, STREAM);
      counterMode.applyStream(MESSAGE, STREAM, input.length);
      return bytes.subarray(MESSAGE, MESSAGE + input.length);
    },
    authenticate(r, nonce, message) {
      bytes.set(r, MAC_KEY);
      bytes.set(nonce, MAC_KEY + 16);
      sodium.crypto_onetimeauth_init(STATE, MAC_KEY);
      for (let at = 0; at < message.length; at += PIECE_LENGTH) {
        const length = Math.min(PIECE_LENGTH, message.length - at);
        bytes.set(message.length === length ? message : message.subarray(at, at + length), MESSAGE);
        sodium.crypto_onetimeauth_update(STATE, MESSAGE, length, 0);
      }
      sodium.crypto_onetimeauth_final(STATE, TAG);
      return tag;
    },
  };
}

interface Sodium {
  crypto_onetimeauth_init(state: number, key: number): void;
  /** The length in two halves of 32 bits. */
  crypto_onetimeauth_update(state: number, message: number, lengthLow: number, lengthHigh: number): void;
  crypto_onetimeauth_final(state: number, tag: number): void;
}

interface CounterMode {
  fillCounters(target: number, first: number, length: number): void;
  applyStream(target: number, stream: number, length: number): void;
}

function instantiate(base64: string, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) {
  return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(base64, 'base64')), imports).exports;
}
