import { randomBytes } from 'node:crypto';
import { CairnError } from '../../base/errors.ts';

/** A key set (format notes 2.1): that of a repository, or the one derived from a password. */
export interface MasterKey {
  /** 32 bytes for AES-256. */
  readonly encrypt: Buffer;
  /** 16 bytes for AES-128. */
  readonly macK: Buffer;
  /** 16 bytes for Poly1305, not clamped. */
  readonly macR: Buffer;
}

/** A key as it arrives in another thread, where buffers are plain arrays. */
export type MasterKeyData = { readonly [part in keyof MasterKey]: Uint8Array };

/** The key that another thread sent. */
export function masterKeyFromData({ encrypt, macK, macR }: MasterKeyData): MasterKey {
  return { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
}

export function createMasterKey(): MasterKey {
  return { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
}

/** JSON in restic's field order, no newline (format notes 2.3). */
export function masterKeyToJson({ encrypt, macK, macR }: MasterKey): string {
  const mac = { k: macK.toString('base64'), r: macR.toString('base64') };
  return JSON.stringify({ mac, encrypt: encrypt.toString('base64') });
}

/** Throws `repository-damaged`, also for a part of zeros, which the format forbids. */
export function parseMasterKey(bytes: Uint8Array): MasterKey {
  let json: { mac?: { k?: unknown; r?: unknown } | null; encrypt?: unknown } | null;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8')) as typeof json;
  } catch {
    throw damaged();
  }
  return {
    encrypt: parsePart(json?.encrypt, 32),
    macK: parsePart(json?.mac?.k, 16),
    macR: parsePart(json?.mac?.r, 16),
  };
}

function parsePart(base64: unknown, length: number): Buffer {
  const part = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
  if (part.length !== length || part.every((byte) => byte === 0)) throw damaged();
  return part;
}

function damaged(): CairnError {
  return new CairnError(
    'repository-damaged',
    'The key file opens with this password, but the master key in it is damaged. Use another key of the repository.',
  );
}
