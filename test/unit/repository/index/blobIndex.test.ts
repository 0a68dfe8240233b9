import { Worker } from 'node:worker_threads';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asId, type BlobId, type BlobType, type PackId } from '../../../../src/repository/format/ids.ts';
import type { PackEntry } from '../../../../src/repository/format/pack.ts';
import { BlobIndex } from '../../../../src/repository/index/blobIndex.ts';
import { sha256Hex } from '../../../../src/repository/hash.ts';

const blobId = (n: number) => asId<BlobId>(sha256Hex(`blob ${n}`));
const packId = (n: number) => asId<PackId>(sha256Hex(`pack ${n}`));
const entry = (n: number, type: BlobType = 'data'): PackEntry => ({
  type,
  id: blobId(n),
  offset: n,
  length: n + 32,
  uncompressedLength: n * 2,
});

describe('the blob index', () => {
  test('tells data from trees of the same id', () => {
    const index = new BlobIndex();
    index.addPack(packId(1), [entry(1, 'data')]);
    expect(index.has('data', blobId(1))).toBe(true);
    expect(index.has('tree', blobId(1))).toBe(false);
  });

  test('keeps every location of a blob and drops one that is told twice', () => {
    const index = new BlobIndex();
    index.addPack(packId(1), [entry(1)]);
    index.addPack(packId(2), [entry(1)]);
    index.addPack(packId(2), [entry(1)]);
    expect(index.locations('data', blobId(1)).map((place) => place.packId)).toEqual([packId(1), packId(2)]);
    expect([...index.entries()]).toHaveLength(2);
  });

  test('a reserved blob is known but has no place until its pack is stored', () => {
    const index = new BlobIndex();
    expect(index.reserve('data', blobId(1))).toBe('new');
    expect(index.reserve('data', blobId(1))).toBe('known');
    expect([index.has('data', blobId(1)), index.isStored('data', blobId(1))]).toEqual([true, false]);
    expect(index.locations('data', blobId(1))).toEqual([]);
    index.addPack(packId(1), [entry(1)]);
    expect(index.isStored('data', blobId(1))).toBe(true);
    expect(index.locations('data', blobId(1))).toEqual([
      { packId: packId(1), offset: 1, length: 33, uncompressedLength: 2 },
    ]);
  });

  test('says when it is full, and remembers everything when it grows', () => {
    const index = new BlobIndex(4);
    for (let n = 0; n < 4; n++) expect(index.reserve('data', blobId(n))).toBe('new');
    expect(index.reserve('data', blobId(4))).toBe('full');
    expect(index.ensureRoom(10)).toBe(true);
    for (let n = 0; n < 4; n++) expect(index.reserve('data', blobId(n))).toBe('known');
    expect(index.reserve('data', blobId(4))).toBe('new');
  });

  test('agrees with a map for any packs', () => {
    const packs = fc.array(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(packs, (lists) => {
        const index = new BlobIndex(8);
        const model = new Map<BlobId, Set<PackId>>();
        lists.forEach((list, number) => {
          index.addPack(
            packId(number),
            list.map((n) => entry(n)),
          );
          for (const n of list) model.set(blobId(n), (model.get(blobId(n)) ?? new Set()).add(packId(number)));
        });
        for (let n = 0; n <= 200; n++) {
          const found = index.locations('data', blobId(n)).map((place) => place.packId);
          expect(new Set(found)).toEqual(model.get(blobId(n)) ?? new Set());
          expect(found.length).toBe(new Set(found).size);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('threads that reserve the same blobs get each of them once', async () => {
    const index = new BlobIndex(100_000);
    const source = `
      const { workerData, parentPort } = require('node:worker_threads');
      const { createHash } = require('node:crypto');
      import(workerData.module).then(({ BlobTable }) => {
        const table = new BlobTable(workerData.shared);
        let fresh = 0;
        for (let n = 0; n < 20000; n++) {
          const id = createHash('sha256').update('blob ' + n).digest();
          if (table.reserve('data', id) === 'new') fresh++;
        }
        parentPort.postMessage(fresh);
      });`;
    const module = pathToFileURL('src/repository/index/blobTable.ts').href;
    const run = () =>
      new Promise<number>((done, failed) => {
        const worker = new Worker(source, { eval: true, workerData: { shared: index.shared, module } });
        worker.once('message', done);
        worker.once('error', failed);
      });
    const fresh = await Promise.all([run(), run(), run(), run()]);
    expect(fresh.reduce((sum, count) => sum + count)).toBe(20_000);
    for (let n = 0; n < 20_000; n += 97) expect(index.has('data', blobId(n))).toBe(true);
  });
});

test('gives each pack with all its blobs in the order of their offsets', () => {
  const index = new BlobIndex(2);
  index.addPack(packId(1), [entry(3), entry(1)]);
  index.addPack(packId(2), []);
  index.reserve('data', blobId(9));
  index.addPack(packId(3), [entry(1), entry(2, 'tree')]);
  index.addPack(packId(1), [entry(2)]);
  expect([...index.packs()]).toEqual([
    { id: packId(1), blobs: [entry(1), entry(2), entry(3)] },
    { id: packId(2), blobs: [] },
    { id: packId(3), blobs: [entry(1), entry(2, 'tree')] },
  ]);
});

test('what lies in packs that are gone may be stored again, and is still found where it lay', () => {
  const index = new BlobIndex(2);
  index.addPack(packId(1), [entry(1), entry(2)]);
  index.addPack(packId(2), [entry(2)]);
  const before = index.packSize(packId(1));
  index.markGone([packId(1)]);
  expect([1, 2].map((n) => index.isPresent('data', blobId(n)))).toEqual([false, true]);
  expect(index.packSize(packId(1))).toBe(before);
  expect(index.locations('data', blobId(1))).toHaveLength(1);
  expect([1, 2].map((n) => index.reserve('data', blobId(n)))).toEqual(['new', 'known']);
  expect(index.reserve('data', blobId(1))).toBe('known');
  index.addPack(packId(3), [entry(1)]);
  expect(index.locations('data', blobId(1)).map((place) => place.packId)).toEqual([packId(1), packId(3)]);
  expect(index.isPresent('data', blobId(1))).toBe(true);
  index.ensureRoom(1000);
  expect(index.isPresent('data', blobId(1))).toBe(true);
});
