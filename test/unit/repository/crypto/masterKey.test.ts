import { describe, expect, test } from 'vitest';
import {
  createMasterKey,
  masterKeyFromData,
  masterKeyToJson,
  parseMasterKey,
} from '../../../../src/repository/crypto/masterKey.ts';
import { cryptoVectors } from './vectors.ts';

describe('master key', () => {
  test('is read and written as restic does, to the byte', () => {
    for (const json of [cryptoVectors.master_key_json, cryptoVectors.v1_snapshot.master_key_json]) {
      expect(masterKeyToJson(parseMasterKey(Buffer.from(json)))).toBe(json);
    }
  });

  test('is a new one each time', () => {
    const keys = Array.from({ length: 100 }, createMasterKey);
    expect(new Set(keys.flatMap(({ encrypt, macK, macR }) => [encrypt, macK, macR].map(String))).size).toBe(300);
    for (const key of keys) expect(parseMasterKey(Buffer.from(masterKeyToJson(key)))).toEqual(key);
  });

  test('survives the way to another thread', () => {
    const key = createMasterKey();
    expect(masterKeyFromData(structuredClone(key))).toEqual(key);
  });

  const part = (length: number, byte = 1) => Buffer.alloc(length, byte).toString('base64');
  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['null for a part', `{"mac":null,"encrypt":"${part(32)}"}`],
    ['a missing part', `{"mac":{"k":"${part(16)}"},"encrypt":"${part(32)}"}`],
    ['a part of another type', `{"mac":{"k":"${part(16)}","r":16},"encrypt":"${part(32)}"}`],
    ['a short part', `{"mac":{"k":"${part(16)}","r":"${part(15)}"},"encrypt":"${part(32)}"}`],
    ['a long part', `{"mac":{"k":"${part(16)}","r":"${part(16)}"},"encrypt":"${part(33)}"}`],
    ['k of zeros', `{"mac":{"k":"${part(16, 0)}","r":"${part(16)}"},"encrypt":"${part(32)}"}`],
    ['r of zeros', `{"mac":{"k":"${part(16)}","r":"${part(16, 0)}"},"encrypt":"${part(32)}"}`],
    ['e of zeros', `{"mac":{"k":"${part(16)}","r":"${part(16)}"},"encrypt":"${part(32, 0)}"}`],
  ])('is refused with %s', (_what, json) => {
    expect(() => parseMasterKey(Buffer.from(json))).toThrow(expect.objectContaining({ code: 'repository-damaged' }));
  });
});
