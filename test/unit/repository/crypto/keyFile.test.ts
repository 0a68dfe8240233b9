import { describe, expect, test } from 'vitest';
import {
  createKeyFile,
  keyFileToJson,
  openKeyFile,
  parseKeyFile,
  type KeyFile,
} from '../../../../src/repository/crypto/keyFile.ts';
import { createMasterKey, masterKeyToJson } from '../../../../src/repository/crypto/masterKey.ts';
import { Sealer } from '../../../../src/repository/crypto/seal.ts';
import { cryptoVectors, fromBase64 } from './vectors.ts';

const resticText = cryptoVectors.key_file_text;
const cheap = { N: 16, r: 1, p: 1 };
const about = { username: 'ann', hostname: 'ann’s "host"', created: '2026-11-22T07:16:57.28095991Z' };

const parse = (change: object): KeyFile =>
  parseKeyFile(Buffer.from(JSON.stringify({ ...(JSON.parse(resticText) as object), ...change })));

describe('restic’s key file', () => {
  test('is read and written to the byte', () => {
    expect(keyFileToJson(parseKeyFile(Buffer.from(resticText)))).toBe(resticText);
  });

  test('gives the master key for its password', async () => {
    const key = await openKeyFile(parseKeyFile(Buffer.from(resticText)), cryptoVectors.password);
    expect(masterKeyToJson(key)).toBe(cryptoVectors.master_key_json);
  });

  test('is sealed by the key that restic derives', () => {
    const { encrypt_hex: encrypt, mac_k_hex: k, mac_r_hex_unclamped: r } = cryptoVectors.derived_user_key;
    const [userEncrypt, macK, macR] = [encrypt, k, r].map((hex) => Buffer.from(hex, 'hex')) as [Buffer, Buffer, Buffer];
    const user = new Sealer({ encrypt: userEncrypt, macK, macR });
    expect(user.open(fromBase64(parseKeyFile(Buffer.from(resticText)).data)).toString()).toBe(
      cryptoVectors.master_key_json,
    );
  });

  test('does not open with another password', async () => {
    for (const password of ['', 'cairn-tes', 'Cairn-test', 'cairn-test ']) {
      await expect(openKeyFile(parse({ N: 16, p: 1 }), password)).rejects.toMatchObject({ code: 'wrong-password' });
    }
  });
});

describe('a new key file', () => {
  test.each(['secret', '', ' pässwörd\n', '😀'])('opens with the password %j and no other', async (password) => {
    const masterKey = createMasterKey();
    const file = await createKeyFile({ password, masterKey, ...about, cost: cheap });
    const read = parseKeyFile(Buffer.from(keyFileToJson(file)));
    expect(read).toEqual(file);
    expect(read).toMatchObject({ ...about, ...cheap });
    expect(await openKeyFile(read, password)).toEqual(masterKey);
    await expect(openKeyFile(read, `${password}x`)).rejects.toMatchObject({ code: 'wrong-password' });
  });

  test('has a salt of its own', async () => {
    const options = { password: 'secret', masterKey: createMasterKey(), ...about, cost: cheap };
    const [first, second] = [await createKeyFile(options), await createKeyFile(options)];
    expect(fromBase64(first.salt)).toHaveLength(64);
    expect(first.salt).not.toBe(second.salt);
    expect(first.data).not.toBe(second.data);
  });

  test('is called damaged when what it protects is no master key', async () => {
    const zeros = { encrypt: Buffer.alloc(32), macK: Buffer.alloc(16), macR: Buffer.alloc(16) };
    const file = await createKeyFile({ password: 'secret', masterKey: zeros, ...about, cost: cheap });
    await expect(openKeyFile(file, 'secret')).rejects.toMatchObject({ code: 'repository-damaged' });
  });
});

describe('a malicious key file is refused before it costs anything', () => {
  const base64 = (length: number) => Buffer.alloc(length, 1).toString('base64');
  test.each<[string, object]>([
    ['another derivation', { kdf: 'argon2' }],
    ['no derivation', { kdf: undefined }],
    ['2 GiB of memory', { N: 2 ** 21, r: 8 }],
    ['an N of 2^31', { N: 2 ** 31, r: 1 }],
    ['an N beyond all integers', { N: 1e300 }],
    ['a huge r', { N: 2, r: 2 ** 24 }],
    ['a huge p', { p: 2 ** 30 }],
    ['a huge product', { N: 2, r: 2 ** 15, p: 2 ** 15 }],
    ['N = 0', { N: 0 }],
    ['N = 1', { N: 1 }],
    ['an odd N', { N: 32767 }],
    ['an N that is no power of two', { N: 3 * 2 ** 14 }],
    ['a negative N', { N: -32768 }],
    ['a fraction', { N: 32768.5 }],
    ['a text for N', { N: '32768' }],
    ['r = 0', { r: 0 }],
    ['p = 0', { p: 0 }],
    ['no p', { p: undefined }],
    ['no salt', { salt: undefined }],
    ['a short salt', { salt: base64(63) }],
    ['a long salt', { salt: base64(65) }],
    ['no data', { data: undefined }],
    ['data too short to be sealed', { data: base64(31) }],
    ['data of another type', { data: [1, 2, 3] }],
    ['64 KiB of text', { created: 'x'.repeat(65536) }],
  ])('%s', (_what, change) => {
    expect(() => parse(change)).toThrow(expect.objectContaining({ code: 'repository-damaged' }));
  });

  test.each(['', '{', 'null', '[]', '"scrypt"', '\0'])('the text %j', (text) => {
    expect(() => parseKeyFile(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'repository-damaged' }));
  });

  test('parameters that scrypt itself refuses', async () => {
    // RFC 7914, 2: N must be below 2^(128 · r / 8).
    await expect(openKeyFile(parse({ N: 2 ** 16, r: 1, p: 1 }), 'x')).rejects.toMatchObject({
      code: 'repository-damaged',
    });
  });

  test('though what is only for display may be missing', () => {
    expect(parse({ created: 7, username: null, hostname: undefined })).toMatchObject({
      created: '',
      username: '',
      hostname: '',
    });
  });
});
