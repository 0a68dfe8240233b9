import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMasterKey, parseMasterKey } from '../../../../src/repository/crypto/masterKey.ts';
import { Sealer } from '../../../../src/repository/crypto/seal.ts';
import { randomBytes } from '../../../helpers/random.ts';
import { thrownCode } from '../format/thrownCode.ts';
import { referencePoly1305, referenceSeal } from './referenceSeal.ts';
import { cryptoVectors, fromBase64 } from './vectors.ts';

const key = createMasterKey();
const sealer = new Sealer(key);
/** Around blocks, and around the pieces in which the sealer works. */
const lengths = [0, 1, 15, 16, 17, 4095, 4096, 65_535, 65_536, 65_537, 131_072, 200_000];

describe('what restic sealed is opened', () => {
  const restic = new Sealer(parseMasterKey(Buffer.from(cryptoVectors.master_key_json)));
  const { config, snapshot, v1_snapshot: v1, locks, blobs, pack_header: header } = cryptoVectors;

  test('config', () => {
    expect(restic.open(fromBase64(config.file_base64)).toString()).toBe(config.plaintext);
  });

  test('snapshots and locks', () => {
    expect(restic.open(fromBase64(snapshot.file_base64))).toEqual(fromBase64(snapshot.decrypted_base64));
    const other = new Sealer(parseMasterKey(Buffer.from(v1.master_key_json)));
    expect(other.open(fromBase64(v1.file_base64)).toString()).toBe(v1.plaintext);
    // The byte in front is that of format notes 2.4.
    for (const lock of locks) expect(restic.open(fromBase64(lock.file_base64))[0]).toBe(2);
    expect(locks).not.toHaveLength(0);
  });

  test('blobs and a pack header', () => {
    for (const { encrypted_base64: sealed, decrypted_base64: opened, plaintext_base64: plain } of blobs) {
      expect(restic.open(fromBase64(sealed))).toEqual(fromBase64(opened ?? plain));
    }
    expect(blobs).not.toHaveLength(0);
    expect(restic.open(fromBase64(header.encrypted_header_base64)).toString('hex')).toBe(header.decrypted_header_hex);
  });
});

test('the reference computes the example of RFC 8439, 2.5.2', () => {
  const r = Buffer.from('85d6be7857556d337f4452fe42d506a8', 'hex');
  const s = Buffer.from('0103808afb0db2fd4abff6af4149f51b', 'hex');
  const tag = referencePoly1305(r, s, Buffer.from('Cryptographic Forum Research Group'));
  expect(tag.toString('hex')).toBe('a8061dc1305136c6c22b8baf0c0127a9');
});

describe('the sealer agrees with the reference', () => {
  const content = randomBytes('sealer', 200_000);

  function check(length: number, iv: Buffer): void {
    const plain = content.subarray(0, length);
    const opened = sealer.open(referenceSeal(key, iv, plain));
    expect(opened.equals(plain)).toBe(true);
    const sealed = sealer.seal(plain);
    expect(sealed.equals(referenceSeal(key, sealed.subarray(0, 16), plain))).toBe(true);
  }

  test.each(lengths)('at %i bytes', (length) => check(length, randomBytes('iv', 16)));

  test('at any length and for any initialisation vector', () => {
    const lengths = fc.oneof(fc.nat(300), fc.nat(50_000), fc.nat(200_000));
    const iv = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(lengths, iv, (length, bytes) => check(length, Buffer.from(bytes))),
      { numRuns: 60 },
    );
  });

  test.each([
    'ffffffffffffffffffffffffffffffff',
    '000000000000000000000000ffffffff',
    '0000000000000000ffffffffffffffff',
    '00000000000000fffffffffffffffffe',
    '00112233ffffffffffffffffffffffff',
    'fffffffffffffffffffffffffffffff0',
  ])('when the counter %s runs over', (iv) => {
    for (const length of [64, 4096, 70_000]) check(length, Buffer.from(iv, 'hex'));
  });
});

describe('sealing into a buffer', () => {
  test.each(lengths)('writes %i + 32 bytes and no others', (length) => {
    const out = Buffer.alloc(length + 32 + 100, 0xa5);
    expect(sealer.sealInto(randomBytes('into', length), out, 50)).toBe(length + 32);
    expect(out.subarray(0, 50).equals(Buffer.alloc(50, 0xa5))).toBe(true);
    expect(out.subarray(-50).equals(Buffer.alloc(50, 0xa5))).toBe(true);
    expect(sealer.open(out.subarray(50, 50 + length + 32)).equals(randomBytes('into', length))).toBe(true);
  });

  test('refuses a buffer that is too small', () => {
    for (const length of lengths) {
      expect(() => sealer.sealInto(Buffer.alloc(length), Buffer.alloc(length + 31), 0)).toThrow(RangeError);
    }
  });
});

test('no initialisation vector comes twice', () => {
  const ivs = new Set(Array.from({ length: 2000 }, () => sealer.seal(Buffer.alloc(0)).toString('hex', 0, 16)));
  expect(ivs.size).toBe(2000);
});

test('what was opened stays as it is when more is opened', () => {
  const [first, second] = [randomBytes('first', 5000), randomBytes('second', 5000)];
  const sealed = [sealer.seal(first), sealer.seal(second)];
  const opened = sealed.map((each) => sealer.open(each));
  expect(opened).toEqual([first, second]);
});

describe('damage is found', () => {
  const refused = (sealed: Buffer) => thrownCode(() => sealer.open(sealed));

  test.each([0, 1, 100, 5000, 70_000])('in each part of %i sealed bytes', (length) => {
    const sealed = sealer.seal(randomBytes('damaged', length));
    const places = new Set([0, 7, 15, 16, 16 + (length >> 1), length + 15, length + 16, length + 24, length + 31]);
    for (const place of places) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        sealed[place]! ^= bit;
        expect(refused(sealed)).toBe('blob-damaged');
        sealed[place]! ^= bit;
      }
    }
    expect(refused(sealed)).toBe('nothing thrown');
  });

  test('when bytes are missing, added or moved', () => {
    const sealed = sealer.seal(randomBytes('cut', 1000));
    expect(refused(sealed.subarray(1))).toBe('blob-damaged');
    expect(refused(Buffer.concat([sealed, Buffer.alloc(1)]))).toBe('blob-damaged');
    for (let length = 0; length < 64; length++) expect(refused(sealed.subarray(0, length))).toBe('blob-damaged');
    expect(refused(Buffer.concat([sealed.subarray(0, 16), sealed.subarray(32), sealed.subarray(16, 32)]))).toBe(
      'blob-damaged',
    );
  });

  test('when another key sealed it', () => {
    expect(refused(new Sealer(createMasterKey()).seal(randomBytes('other', 100)))).toBe('blob-damaged');
    for (const part of ['macK', 'macR'] as const) {
      const almost = new Sealer({ ...key, [part]: createMasterKey()[part] });
      expect(refused(almost.seal(randomBytes('almost', 100)))).toBe('blob-damaged');
    }
  });
});
