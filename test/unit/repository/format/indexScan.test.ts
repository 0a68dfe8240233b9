import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asId, type BlobId, type BlobType, type PackId } from '../../../../src/repository/format/ids.ts';
import {
  indexedPackToJson,
  indexFileToJson,
  parseIndexFile,
  type IndexedPack,
} from '../../../../src/repository/format/indexFile.ts';
import { scanIndexFile } from '../../../../src/repository/format/indexScan.ts';

/** What a scan visits; undefined if it cannot read the file. */
function scan(bytes: Uint8Array): IndexedPack[] | undefined {
  const packs: IndexedPack[] = [];
  const done = scanIndexFile(bytes, (id, blobs) => {
    const copies = Array.from(blobs, (blob) => ({ ...blob, id: asId<BlobId>(Buffer.from(blob.id).toString('hex')) }));
    packs.push({ id, blobs: copies.sort((a, b) => a.offset - b.offset) });
  });
  return done ? packs : undefined;
}

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const uint32 = fc.oneof(fc.constantFrom(0, 1, 0xffff_ffff), fc.nat(0xffff_ffff));
const blob = fc.record({
  id: id.map((text) => asId<BlobId>(text)),
  type: fc.constantFrom<BlobType>('data', 'tree'),
  offset: uint32,
  length: uint32,
  uncompressedLength: uint32,
});
const packs = fc.array(
  fc.record({ id: id.map((text) => asId<PackId>(text)), blobs: fc.array(blob, { maxLength: 5 }) }),
  {
    maxLength: 4,
  },
);

const write = (list: readonly IndexedPack[]): Buffer => Buffer.from(indexFileToJson(list.map(indexedPackToJson)));

describe('an index file that we wrote', () => {
  test('is scanned to what parsing it gives', () => {
    fc.assert(
      fc.property(packs, (list) => {
        const bytes = write(list);
        expect(scan(bytes)).toEqual([...parseIndexFile(bytes)]);
      }),
    );
  });

  test('with a byte changed, missing or added is scanned to what parsing gives, or not at all', () => {
    const edit = fc.record({ at: fc.nat(10_000), byte: fc.nat(255), removed: fc.nat(1), isAdded: fc.boolean() });
    fc.assert(
      fc.property(packs, edit, (list, { at, byte, removed, isAdded }) => {
        const bytes = write(list);
        const start = at % bytes.length;
        const changed = Buffer.concat([
          bytes.subarray(0, start),
          ...(isAdded ? [Buffer.from([byte])] : []),
          bytes.subarray(start + removed),
        ]);
        const scanned = scan(changed);
        if (scanned) expect(scanned).toEqual([...parseIndexFile(changed)]);
      }),
      { numRuns: 2000, examples: [[[], { at: 12, byte: 11, removed: 0, isAdded: true }]] },
    );
  });
});

const one = { id: 'ab'.repeat(32), blobs: [{ id: 'cd'.repeat(32), type: 'data', offset: 0, length: 40 }] };
const text = JSON.stringify({ packs: [one] });

describe('what is left to parsing', () => {
  test.each([
    ['white space', text.replace('{"packs":', '{ "packs":')],
    ['supersedes', `{"supersedes":["${one.id}"],${text.slice(1)}`],
    ['more after the packs', text.replace(/}$/, ',"later":1}')],
    ['another order of fields', text.replace('"offset":0,"length":40', '"length":40,"offset":0')],
    ['large digits', text.replace('cd', 'CD')],
    ['a number in another form', text.replace(':40', ':4e1')],
    ['a number that is too large', text.replace(':40', ':4294967296')],
    ['a number that begins with 0', text.replace(':40', ':040')],
    ['no number', text.replace(':40', ':')],
    ['a negative number', text.replace(':40', ':-40')],
    ['an end too early', text.slice(0, -1)],
    ['more after the end', `${text}x`],
    ['after the end what is no white space in JSON', `${text}\v`],
    ['nothing', ''],
  ])('%s', (_, changed) => expect(scan(Buffer.from(changed))).toBeUndefined());

  test('but for those, it would be scanned', () => {
    expect(scan(Buffer.from(text))).toHaveLength(1);
    expect(scan(Buffer.from(`${text}\n \t`))).toHaveLength(1);
    expect(scan(Buffer.from('{"packs":[]}'))).toEqual([]);
  });
});
