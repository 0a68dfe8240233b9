import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asId, type BlobId, type BlobType } from '../../../../src/repository/format/ids.ts';
import {
  locatePackHeader,
  packFileSize,
  packHeaderToBytes,
  parsePackHeader,
  type PackEntry,
} from '../../../../src/repository/format/pack.ts';

const entries = fc
  .array(
    fc.record({
      type: fc.constantFrom<BlobType>('data', 'tree'),
      id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((id) => asId<BlobId>(Buffer.from(id).toString('hex'))),
      length: fc.integer({ min: 32, max: 0xffff }),
      uncompressedLength: fc.integer({ min: 0, max: 0xffff_ffff }),
    }),
    { maxLength: 40 },
  )
  .map((list): PackEntry[] => {
    let offset = 0;
    return list.map((entry) => {
      const placed = { ...entry, offset };
      offset += entry.length;
      return placed;
    });
  });

describe('pack header', () => {
  test('reads back what it writes', () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(parsePackHeader(packHeaderToBytes(list))).toEqual(list);
      }),
    );
  });

  test('takes 37 bytes for a plain blob and 41 for a compressed one', () => {
    const id = asId<BlobId>('ab'.repeat(32));
    const plain: PackEntry = { type: 'data', id, offset: 0, length: 40, uncompressedLength: 0 };
    const compressed: PackEntry = { type: 'tree', id, offset: 40, length: 50, uncompressedLength: 99 };
    const bytes = packHeaderToBytes([plain, compressed]);
    expect(bytes.length).toBe(37 + 41);
    expect([bytes[0], bytes[37]]).toEqual([0, 3]);
    expect(packFileSize([plain, compressed])).toBe(40 + 50 + 37 + 41 + 36);
  });

  test.each([
    ['an unknown type', Buffer.concat([Buffer.from([4]), Buffer.alloc(36)])],
    ['a cut entry', Buffer.alloc(36)],
    ['a blob shorter than its seal', Buffer.alloc(37)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => parsePackHeader(bytes)).toThrow(/damaged|names a blob/);
  });

  test('is found by the length at the end of the pack', () => {
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32LE(73);
    expect(locatePackHeader(1000, trailer)).toEqual({ offset: 1000 - 4 - 73, length: 73 });
  });

  test.each([
    ['shorter than a seal', 1000, 31],
    ['longer than the pack', 1000, 997],
    ['above 16 MiB', 2 ** 30, 16 * 2 ** 20 + 1],
    ['in a pack below the minimum', 72, 40],
  ])('is refused when its length is %s', (_what, size, length) => {
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32LE(length);
    expect(() => locatePackHeader(size, trailer)).toThrow(/header length/);
  });
});

test('the header of a real pack', () => {
  const vectors = JSON.parse(readFileSync('test/fixtures/restic/crypto.json', 'utf8')) as {
    pack_header: {
      decrypted_header_hex: string;
      pack_size: number;
      header_length_field_hex: string;
      entries: object[];
    };
  };
  const { decrypted_header_hex, pack_size, header_length_field_hex, entries: expected } = vectors.pack_header;
  const bytes = Buffer.from(decrypted_header_hex, 'hex');
  const parsed = parsePackHeader(bytes);
  const asVector = parsed.map(({ uncompressedLength, ...entry }) => ({
    ...entry,
    uncompressed_length: uncompressedLength,
  }));
  expect(asVector).toEqual(expected);
  expect(packHeaderToBytes(parsed)).toEqual(bytes);
  expect(packFileSize(parsed)).toBe(pack_size);
  const { length } = locatePackHeader(pack_size, Buffer.from(header_length_field_hex, 'hex'));
  expect(length).toBe(bytes.length + 32);
});
