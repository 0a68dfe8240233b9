import { expect, test } from 'vitest';
import { currentProcessIdentity } from '../../../src/disk/processIdentity.ts';
import { lockFileToJson, parseLockFile, type LockFile } from '../../../src/repository/lockFile.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const lock: LockFile = {
  time: '2026-11-22T07:27:45.323276923Z',
  exclusive: false,
  hostname: 'cairn-host',
  username: 'root',
  pid: 3370,
  uid: 0,
  gid: 0,
};

const parse = (json: string) => parseLockFile(Buffer.from(json));

test('a lock of restic, to the byte', () => {
  const vectors = join(import.meta.dirname, '../../fixtures/restic/crypto.json');
  const { locks } = JSON.parse(readFileSync(vectors, 'utf8')) as { locks: { plaintext: string }[] };
  expect(locks.length).toBeGreaterThan(0);
  for (const { plaintext } of locks) expect(lockFileToJson(parse(plaintext))).toBe(plaintext);
  expect(parse(locks[0]!.plaintext)).toEqual(lock);
});

test("a lock of Cairn has restic's fields first and its own last", () => {
  const own = { ...lock, exclusive: true, uid: 1000, gid: 100, process: currentProcessIdentity() };
  const json = lockFileToJson(own);
  const fields = ['time', 'exclusive', 'hostname', 'username', 'pid', 'uid', 'gid', 'cairn'];
  expect(Object.keys(JSON.parse(json) as object)).toEqual(fields);
  expect(parse(json)).toEqual(own);
});

test.each<[string, string, Partial<LockFile>]>([
  ['absent fields are empty', '{"time":"2026-01-02T03:04:05+01:00"}', { time: '2026-01-02T03:04:05+01:00', pid: 0 }],
  ['null is absent', '{"exclusive":null,"uid":null,"hostname":null}', { exclusive: false, uid: 0, hostname: '' }],
  ['unknown fields are passed over', '{"later":[1],"exclusive":true}', { exclusive: true }],
  ['an identity in another form is none', '{"cairn":{"pid":"7"},"pid":7}', { pid: 7 }],
  ['an identity that is no object', '{"cairn":null,"pid":7}', { pid: 7 }],
])('%s', (_, json, expected) => {
  const parsed = parse(json);
  expect(parsed).toMatchObject(expected);
  expect(parsed.process).toBeUndefined();
});

test.each<[string, string]>([
  ['nothing', ''],
  ['no JSON', '{"time":'],
  ['no object', '[]'],
  ['a time that is none', '{"time":"yesterday"}'],
  ['a day that its month does not have', '{"time":"2026-02-30T00:00:00Z"}'],
  ['a text for a truth', '{"exclusive":"true"}'],
  ['a number for a name', '{"hostname":1}'],
  ['a pid below zero', '{"pid":-1}'],
  ['a user beyond 32 bits', '{"uid":4294967296}'],
])('%s is refused', (_, json) => {
  expect(() => parse(json)).toThrow(expect.objectContaining({ code: 'repository-damaged' }));
});

test('too many bytes are refused', () => {
  expect(() => parse(`{"hostname":"${'x'.repeat(70_000)}"}`)).toThrow(/more than/);
});
