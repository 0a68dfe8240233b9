import { expect, test } from 'vitest';
import { contentOf, type PlannedFile } from '../../../../src/engine/restore/restorePlan.ts';
import { renumberBlobs } from '../../../../src/engine/restore/renumberBlobs.ts';
import { blobId } from '../../../../src/repository/hash.ts';
import { asId, type BlobType, type PackId } from '../../../../src/repository/format/ids.ts';
import { BlobIndex } from '../../../../src/repository/index/blobIndex.ts';

const ids = ['a', 'b', 'c', 'd'].map((text) => blobId(Buffer.from(text)));
const pack = asId<PackId>('0'.repeat(64));

function indexOf(order: readonly number[], type: BlobType = 'data', length = 100): BlobIndex {
  const index = new BlobIndex();
  index.addPack(
    pack,
    order.map((at) => ({ type, id: ids[at]!, offset: at * 100, length, uncompressedLength: 1 })),
  );
  return index;
}

const planned = indexOf([0, 1, 2, 3]);
const plan = { index: planned, blobs: Uint32Array.from([2, 0, 0, 1].map((at) => planned.entryOf('data', ids[at]!))) };
const file = { firstBlob: 1, blobCount: 3 } as PlannedFile;

test('blobs get the numbers that they have in another index', () => {
  const other = indexOf([3, 2, 1, 0]);
  const renumbered = renumberBlobs(plan, other);
  expect(renumbered.index).toBe(other);
  expect([...renumbered.blobs]).not.toEqual([...plan.blobs]);
  const hex = (index: BlobIndex, entries: Iterable<number>) =>
    Array.from(entries, (entry) => Buffer.from(index.idBytes(entry)).toString('hex'));
  expect(hex(other, renumbered.blobs)).toEqual([ids[2], ids[0], ids[0], ids[1]]);
  expect(hex(other, contentOf(renumbered, file))).toEqual(hex(planned, contentOf(plan, file)));
});

test('in the same index nothing is done', () => {
  expect(renumberBlobs(plan, planned)).toBe(plan);
});

test.each<[string, BlobIndex]>([
  ['is gone', indexOf([0, 1, 3])],
  ['is only a folder', indexOf([0, 1, 2, 3], 'tree')],
  ['has an impossible length', indexOf([0, 1, 2, 3], 'data', 3)],
])('refused if a blob %s', (_, index) => {
  expect(() => renumberBlobs(plan, index)).toThrow(expect.objectContaining({ code: 'refused' }));
});

test('refused if a blob is only reserved', () => {
  const index = indexOf([0, 1, 3]);
  index.reserve('data', ids[2]!);
  expect(() => renumberBlobs(plan, index)).toThrow(expect.objectContaining({ code: 'refused' }));
});
