/**
 * A restic repository of snapshots alone, written file by file from the format notes and not by the
 * code under test: no trees, no data, and a key that opens in no time. restic's `forget --dry-run`
 * and `snapshots` need no more.
 */
import { createCipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { TEST_PASSWORD } from './restic.ts';

interface MasterKey {
  readonly encrypt: Buffer;
  readonly macK: Buffer;
  readonly macR: Buffer;
}

/** Writes a version 1 repository with these snapshots, which `TEST_PASSWORD` opens; gives their ids in order. */
export function writeResticSnapshots(folder: string, snapshots: readonly Snapshot[]): string[] {
  for (const name of ['data', 'index', 'keys', 'locks', 'snapshots'])
    mkdirSync(join(folder, name), { recursive: true });
  const key: MasterKey = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  writeFileSync(
    join(folder, 'config'),
    seal(key, { version: 1, id: '0'.repeat(64), chunker_polynomial: '25b468838dcb75' }),
  );
  save(join(folder, 'keys'), keyFile(TEST_PASSWORD, key));
  return snapshots.map((snapshot) => save(join(folder, 'snapshots'), seal(key, snapshot)));
}

function save(folder: string, bytes: Buffer): string {
  const id = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(folder, id), bytes);
  return id;
}

function keyFile(password: string, master: MasterKey): Buffer {
  const [N, r, p] = [2, 1, 1];
  const salt = randomBytes(64);
  const bytes = scryptSync(password, salt, 64, { N, r, p });
  const user = { encrypt: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48) };
  const mac = { k: master.macK.toString('base64'), r: master.macR.toString('base64') };
  const data = seal(user, { mac, encrypt: master.encrypt.toString('base64') }).toString('base64');
  const file = { created: '2024-01-01T00:00:00Z', username: 'u', hostname: 'h', kdf: 'scrypt', N, r, p };
  return Buffer.from(JSON.stringify({ ...file, salt: salt.toString('base64'), data }));
}

/** Format notes 2.2. */
function seal(key: MasterKey, value: unknown): Buffer {
  const iv = randomBytes(16);
  const sealed = createCipheriv('aes-256-ctr', key.encrypt, iv).update(JSON.stringify(value));
  const pad = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false).update(iv);
  return Buffer.concat([iv, sealed, poly1305(key.macR, pad, sealed)]);
}

/** RFC 8439, 2.5, in the plainest way. */
function poly1305(r: Buffer, s: Buffer, message: Buffer): Buffer {
  const number = (bytes: Buffer) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
  const clamped = number(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + number(block) + (1n << BigInt(8 * block.length))) * clamped) % ((1n << 130n) - 5n);
  }
  const tag = (sum + number(s)) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}
