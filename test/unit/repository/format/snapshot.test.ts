import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asId, type BlobId, type SnapshotId } from '../../../../src/repository/format/ids.ts';
import { parseSnapshot, snapshotToJson, type Snapshot } from '../../../../src/repository/format/snapshot.ts';
import { thrownCode } from './thrownCode.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/restic');
const read = (path: string) => readFileSync(join(fixtures, path), 'utf8');
const crypto = JSON.parse(read('crypto.json')) as Record<'snapshot' | 'v1_snapshot', { plaintext: string }>;
const expected = ['v1', 'v2'].flatMap((version) =>
  readdirSync(join(fixtures, 'expected', version))
    .filter((name) => name.startsWith('snapshot-'))
    .map((name) => `expected/${version}/${name}`),
);

const id = (digit: string) => digit.repeat(64);
const full: Snapshot = {
  time: '2026-01-02T03:04:05.6-03:30',
  parent: asId<SnapshotId>(id('1')),
  tree: asId<BlobId>(id('2')),
  paths: ['/b', '/a<', 'C:\\Users'],
  hostname: 'host',
  username: 'user',
  uid: 1000,
  gid: 4_294_967_295,
  excludes: ['*.tmp'],
  tags: ['cairn', 'save'],
  original: asId<SnapshotId>(id('3')),
  programVersion: 'cairn 0.1.0',
  summary: {
    backupStart: '2026-01-02T03:04:05.6-03:30',
    backupEnd: '2026-01-02T03:04:06-03:30',
    filesNew: 1,
    filesChanged: 2,
    filesUnmodified: 3,
    dirsNew: 4,
    dirsChanged: 5,
    dirsUnmodified: 6,
    dataBlobs: 7,
    treeBlobs: 8,
    dataAdded: 9,
    dataAddedPacked: 10,
    totalFilesProcessed: 11,
    totalBytesProcessed: 0,
    unknown: { later: 1 },
  },
  unknown: { future: { deep: [1, null, '<'] }, large: 9_007_199_254_740_993n },
};
const fullJson =
  `{"time":"2026-01-02T03:04:05.6-03:30","parent":"${id('1')}","tree":"${id('2')}",` +
  '"paths":["/b","/a\\u003c","C:\\\\Users"],"hostname":"host","username":"user","uid":1000,"gid":4294967295,' +
  `"excludes":["*.tmp"],"tags":["cairn","save"],"original":"${id('3')}","program_version":"cairn 0.1.0",` +
  '"summary":{"backup_start":"2026-01-02T03:04:05.6-03:30","backup_end":"2026-01-02T03:04:06-03:30",' +
  '"files_new":1,"files_changed":2,"files_unmodified":3,"dirs_new":4,"dirs_changed":5,"dirs_unmodified":6,' +
  '"data_blobs":7,"tree_blobs":8,"data_added":9,"data_added_packed":10,"total_files_processed":11,' +
  '"total_bytes_processed":0,"later":1},"future":{"deep":[1,null,"\\u003c"]},"large":9007199254740993}';

describe('snapshots of restic', () => {
  test.each([
    ['version 2', crypto.snapshot.plaintext],
    ['version 1', crypto.v1_snapshot.plaintext],
  ])('%s is read and written again to the byte', (_, text) => {
    expect(snapshotToJson(parseSnapshot(Buffer.from(text)))).toBe(text);
  });

  test.each(expected)('%s keeps its meaning', (path) => {
    const text = read(path);
    const snapshot = parseSnapshot(Buffer.from(text));
    expect(snapshot.unknown).toBeUndefined();
    expect(JSON.parse(snapshotToJson(snapshot))).toEqual(JSON.parse(text));
  });
});

describe('snapshotToJson and parseSnapshot', () => {
  test('have every field, in order, unknown ones last', () => {
    expect(snapshotToJson(full)).toBe(fullJson);
    expect(parseSnapshot(Buffer.from(fullJson))).toEqual(full);
  });

  test('leave out what is empty', () => {
    const snapshot: Snapshot = {
      time: full.time,
      tree: full.tree,
      paths: [],
      hostname: '',
      uid: 0,
      excludes: [],
      tags: [],
    };
    const json = `{"time":"${full.time}","tree":"${full.tree}","paths":[]}`;
    expect(snapshotToJson(snapshot)).toBe(json);
    expect(parseSnapshot(Buffer.from(json))).toEqual({ time: full.time, tree: full.tree, paths: [] });
    expect(parseSnapshot(Buffer.from(`{"tree":"${full.tree}","paths":null,"tags":null,"summary":null}`))).toEqual({
      time: '0001-01-01T00:00:00Z',
      tree: full.tree,
      paths: [],
    });
  });

  test('do not let an unknown key become a prototype', () => {
    const json = `{"time":"${full.time}","tree":"${full.tree}","paths":[],"__proto__":{"tags":["keep"]}}`;
    const snapshot = parseSnapshot(Buffer.from(json));
    expect(snapshot.tags).toBeUndefined();
    expect(Object.getPrototypeOf(snapshot.unknown)).toBe(Object.prototype);
    expect(snapshotToJson(snapshot)).toBe(json);
  });
});

describe('parseSnapshot refuses', () => {
  const base = { time: full.time, tree: full.tree, paths: [] };
  test.each([
    ['nothing', ''],
    ['half a file', fullJson.slice(0, 200)],
    ['a list', '[]'],
    ['null', 'null'],
    ['no tree', JSON.stringify({ time: full.time, paths: [] })],
    ['a short id', JSON.stringify({ ...base, tree: 'abc' })],
    ['an id in capitals', JSON.stringify({ ...base, parent: 'A'.repeat(64) })],
    ['a time that is none', JSON.stringify({ ...base, time: 'yesterday' })],
    ['a number as time', JSON.stringify({ ...base, time: 5 })],
    ['a text as paths', JSON.stringify({ ...base, paths: '/a' })],
    ['numbers as paths', JSON.stringify({ ...base, paths: [1] })],
    ['an object as tags', JSON.stringify({ ...base, tags: { length: 3 } })],
    ['a negative uid', JSON.stringify({ ...base, uid: -1 })],
    ['a fractional gid', JSON.stringify({ ...base, gid: 1.5 })],
    ['a uid of 33 bits', JSON.stringify({ ...base, uid: 2 ** 32 })],
    ['a list as summary', JSON.stringify({ ...base, summary: [1] })],
    ['a text as count', JSON.stringify({ ...base, summary: { files_new: '1' } })],
    ['a count beyond 2^53', `${JSON.stringify(base).slice(0, -1)},"summary":{"files_new":18446744073709551615}}`],
    ['deep nesting', `${JSON.stringify(base).slice(0, -1)},"x":${'['.repeat(1000)}${']'.repeat(1000)}}`],
    ['very deep nesting', '['.repeat(1_000_000)],
    ['bytes that are no text', '\u0000\u0001'],
  ])('%s', (_, text) => {
    expect(thrownCode(() => parseSnapshot(Buffer.from(text), asId<SnapshotId>(id('a'))))).toBe('repository-damaged');
  });

  test('nothing else than with its own error, whatever comes', () => {
    const value = fc.jsonValue();
    const shape = fc.record(
      { time: value, tree: fc.oneof(fc.constant(id('2')), value), paths: value, summary: value, uid: value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(shape, value), (json) => {
        const code = thrownCode(() => snapshotToJson(parseSnapshot(Buffer.from(JSON.stringify(json)))));
        expect(['nothing thrown', 'repository-damaged']).toContain(code);
      }),
    );
  });
});
