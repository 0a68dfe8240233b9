import { createCipheriv } from 'node:crypto';
import type { MasterKey } from '../../../../src/repository/crypto/masterKey.ts';

/** Sealing straight from its definition (format notes 2.2), with an initialisation vector of choice. */
export function referenceSeal({ encrypt, macK, macR }: MasterKey, iv: Buffer, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ctr', encrypt, iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  const nonce = createCipheriv('aes-128-ecb', macK, null).setAutoPadding(false).update(iv);
  return Buffer.concat([iv, encrypted, referencePoly1305(macR, nonce, encrypted)]);
}

/** RFC 8439, 2.5, in the arithmetic of its own words. */
export function referencePoly1305(r: Uint8Array, s: Uint8Array, message: Uint8Array): Buffer {
  const prime = (1n << 130n) - 5n;
  const clamped = littleEndian(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * clamped) % prime;
  }
  const tag = (sum + littleEndian(s)) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
