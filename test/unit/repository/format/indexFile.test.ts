import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { indexedPackToJson, indexFileToJson, parseIndexFile } from '../../../../src/repository/format/indexFile.ts';

const expectedFolder = 'test/fixtures/restic/expected';
const files = ['v1', 'v2'].flatMap((version) =>
  readdirSync(join(expectedFolder, version))
    .filter((name) => /^index-.*\.json$/.test(name))
    .map((name) => join(expectedFolder, version, name)),
);

interface PrintedPack {
  id: string;
  blobs: { id: string; type: string; offset: number; length: number; uncompressed_length?: number }[];
}

const sorted = (packs: PrintedPack[]): PrintedPack[] =>
  packs.map((pack) => ({ id: pack.id, blobs: [...pack.blobs].sort((a, b) => a.offset - b.offset) }));

describe('index files of the real restic', () => {
  test.each(files)('%s reads and writes back with the same meaning', (file) => {
    const printed = JSON.parse(readFileSync(file, 'utf8')) as { packs: PrintedPack[] };
    const parsed = [...parseIndexFile(readFileSync(file))];
    const written = indexFileToJson(parsed.map(indexedPackToJson));
    expect(written.endsWith(']}\n')).toBe(true);
    expect(sorted((JSON.parse(written) as { packs: PrintedPack[] }).packs)).toEqual(sorted(printed.packs));
    expect([...parseIndexFile(Buffer.from(written))]).toEqual(parsed);
  });

  test('there are vectors', () => expect(files.length).toBeGreaterThan(5));
});

const id = 'ab'.repeat(32);
const blob = { id, type: 'data', offset: 0, length: 40 };

describe('an index file', () => {
  test('may carry what older versions wrote', () => {
    const json = JSON.stringify({ supersedes: [id], packs: [{ id, blobs: [blob] }], later: true });
    expect([...parseIndexFile(Buffer.from(json))]).toEqual([{ id, blobs: [{ ...blob, uncompressedLength: 0 }] }]);
  });

  const pack = JSON.stringify({ id, blobs: [blob] });
  test.each([
    ['as we write it', `{"packs":[${pack},${pack}]}\n`],
    ['without a line end', `{"packs":[${pack},${pack}]}`],
    ['with white space', `{"packs": [${pack}, ${pack}]}`],
    ['with white space between packs', `{"packs":[${pack}, ${pack}]}`],
    ['with more after the packs', `{"packs":[${pack},${pack}],"later":[{"a":[{"b":[]}]}]}`],
    ['with more in a pack', `{"packs":[${pack.replace(/}$/, ',"later":[{"a":[]}]}')},${pack}]}`],
  ])('is read pack by pack or whole: %s', (_how, text) => {
    const packs = [...parseIndexFile(Buffer.from(text))];
    expect(packs.map((found) => [found.id, found.blobs.length])).toEqual([
      [id, 1],
      [id, 1],
    ]);
  });

  test.each([
    ['no JSON', '{'],
    ['an end that is missing', `{"packs":[${pack}`],
    ['a pack that is missing', `{"packs":[${pack},]}`],
    ['something after the end', `{"packs":[${pack}]}]`],
    ['no list', '{"packs":7}'],
    ['a pack without id', '{"packs":[{"blobs":[]}]}'],
    ['a pack that is null', '{"packs":[null]}'],
    ['a pack with a short id', '{"packs":[{"id":"ab","blobs":[]}]}'],
    ['no blobs', JSON.stringify({ packs: [{ id }] })],
    ['a blob with another type', JSON.stringify({ packs: [{ id, blobs: [{ ...blob, type: 'x' }] }] })],
    ['a negative offset', JSON.stringify({ packs: [{ id, blobs: [{ ...blob, offset: -1 }] }] })],
    ['a length beyond 32 bits', JSON.stringify({ packs: [{ id, blobs: [{ ...blob, length: 2 ** 32 }] }] })],
    ['a length that is no integer', JSON.stringify({ packs: [{ id, blobs: [{ ...blob, length: 1.5 }] }] })],
    ['a blob that is null', JSON.stringify({ packs: [{ id, blobs: [null] }] })],
  ])('is refused with %s', (_what, text) => {
    expect(() => [...parseIndexFile(Buffer.from(text))]).toThrow(
      expect.objectContaining({ code: 'repository-damaged' }),
    );
  });
});
