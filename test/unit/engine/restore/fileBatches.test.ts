import { expect, test } from 'vitest';
import { sortByPack } from '../../../../src/engine/restore/fileBatches.ts';
import type { PlannedFile } from '../../../../src/engine/restore/restorePlan.ts';
import { asId, type BlobId, type PackId } from '../../../../src/repository/format/ids.ts';
import { BlobIndex } from '../../../../src/repository/index/blobIndex.ts';
import { sha256Hex } from '../../../../src/repository/hash.ts';

const blobOf = (name: string) => asId<BlobId>(sha256Hex(name));

/** Files of one blob each, listed in packs in this order, each with where it begins. */
function scene(packs: readonly (readonly [name: string, offset: number])[][]) {
  const index = new BlobIndex();
  for (const [at, listed] of packs.entries()) {
    index.addPack(
      asId<PackId>(sha256Hex(`pack ${at}`)),
      listed.map(([name, offset]) => ({ type: 'data', id: blobOf(name), offset, length: 100, uncompressedLength: 90 })),
    );
  }
  const names = packs.flatMap((listed) => listed.map(([name]) => name)).sort();
  const blobs = Uint32Array.from(names, (name) => index.entryOf('data', blobOf(name)));
  const files = names.map((name, firstBlob) => ({ name, firstBlob, blobCount: 1 }) as unknown as PlannedFile);
  return { plan: { index, blobs }, files };
}

test('files are read from front to back, though restic lists the blobs of a pack in no order', () => {
  const { plan, files } = scene([
    [
      ['b', 4000],
      ['f', 0],
      ['d', 100],
    ],
    [
      ['a', 700],
      ['c', 3_000_000_000],
      ['e', 200],
    ],
  ]);
  const empty = { name: 'nothing', firstBlob: 6, blobCount: 0 } as unknown as PlannedFile;
  const names = sortByPack(plan, [...files, empty]).map(({ name }) => name);
  expect(names).toEqual(['nothing', 'f', 'd', 'b', 'e', 'a', 'c']);
});
