/**
 * Sealing (format notes 2.2): AES-256-CTR, and Poly1305-AES over what comes out of it. Only ciphers
 * that both OpenSSL and BoringSSL have are used. Most blobs are small and a new AES-CTR cipher costs
 * more than their encryption, so their key stream comes from one AES-ECB cipher that is kept.
 */
import { createCipheriv, randomFillSync, timingSafeEqual, type Cipheriv } from 'node:crypto';
import { CairnError } from '../../base/errors.ts';
import { freeMemory } from '../../base/freeMemory.ts';
import type { MasterKey } from './masterKey.ts';
import { getSealKernel, PIECE_LENGTH } from './sealKernel.ts';

const IV_LENGTH = 16;
const TAG_LENGTH = 16;
/** Initialisation vectors are drawn this many at a time. */
const IV_BATCH = 256;

/** Seals and opens with one key. Not to be shared between threads. */
export class Sealer {
  readonly #kernel = getSealKernel();
  readonly #key: MasterKey;
  /** Encrypts counter blocks: the key stream. */
  readonly #streamCipher: Cipheriv;
  /** Encrypts initialisation vectors: the nonces of the authentication code. */
  readonly #nonceCipher: Cipheriv;
  readonly #ivs = Buffer.alloc(IV_BATCH * IV_LENGTH);
  #nonces = Buffer.alloc(0);
  #nextIv = this.#ivs.length;

  constructor(key: MasterKey) {
    this.#key = key;
    this.#streamCipher = createCipheriv('aes-256-ecb', key.encrypt, null).setAutoPadding(false);
    this.#nonceCipher = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
  }

  /** The sealed content: 32 bytes more than the plain. */
  seal(plain: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(plain.length + IV_LENGTH + TAG_LENGTH);
    this.sealInto(plain, out, 0);
    return out;
  }

  /** Seals to `offset` in `out`, which must not overlap the plain bytes, and returns how many bytes that took. */
  sealInto(plain: Uint8Array, out: Buffer, offset: number): number {
    const at = this.#takeIv();
    const iv = this.#ivs.subarray(at, at + IV_LENGTH);
    const nonce = this.#nonces.subarray(at, at + IV_LENGTH);
    const start = offset + IV_LENGTH;
    const end = start + plain.length;
    out.set(iv, offset);
    this.#crypt(iv, plain, out, start);
    out.set(this.#kernel.authenticate(this.#key.macR, nonce, out.subarray(start, end)), end);
    return plain.length + IV_LENGTH + TAG_LENGTH;
  }

  /**
   * The plain content, at the start of `room` if that is large enough. Throws `blob-damaged` if it was not
   * sealed by this key or is not as it was sealed.
   */
  open(sealed: Uint8Array, room?: Buffer): Buffer {
    const end = sealed.length - TAG_LENGTH;
    if (end < IV_LENGTH) throw new CairnError('blob-damaged', `Sealed data of ${sealed.length} bytes is too short.`);
    const iv = sealed.subarray(0, IV_LENGTH);
    const encrypted = sealed.subarray(IV_LENGTH, end);
    const tag = this.#kernel.authenticate(this.#key.macR, this.#nonceCipher.update(iv), encrypted);
    if (!timingSafeEqual(tag, sealed.subarray(end))) {
      throw new CairnError('blob-damaged', 'Sealed data is damaged, or was sealed by another key.');
    }
    const { length } = encrypted;
    const plain = room && room.length >= length ? room.subarray(0, length) : Buffer.allocUnsafe(length);
    this.#crypt(iv, encrypted, plain, 0);
    return plain;
  }

  #takeIv(): number {
    if (this.#nextIv === this.#ivs.length) {
      randomFillSync(this.#ivs);
      this.#nonces = this.#nonceCipher.update(this.#ivs);
      this.#nextIv = 0;
    }
    const at = this.#nextIv;
    this.#nextIv += IV_LENGTH;
    return at;
  }

  /** AES-256-CTR, the same for both directions. */
  #crypt(iv: Uint8Array, input: Uint8Array, out: Buffer, offset: number): void {
    if (input.length <= PIECE_LENGTH) {
      const stream = this.#streamCipher.update(this.#kernel.makeCounters(iv, input.length));
      out.set(this.#kernel.applyStream(input, stream), offset);
      freeMemory(stream);
      return;
    }
    // From here on a cipher of its own is as cheap or cheaper.
    const cipher = createCipheriv('aes-256-ctr', this.#key.encrypt, iv);
    // Piece by piece, as the result of one call is a buffer of its own.
    for (let at = 0; at < input.length; at += PIECE_LENGTH) {
      const piece = cipher.update(input.subarray(at, at + PIECE_LENGTH));
      out.set(piece, offset + at);
      freeMemory(piece);
    }
  }
}
