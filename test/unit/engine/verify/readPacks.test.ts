import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import type { CodecPool } from '../../../../src/engine/codec/codecPool.ts';
import type { PackReport } from '../../../../src/engine/codec/verifyPacks.ts';
import type { PackToRead } from '../../../../src/engine/verify/checkPacks.ts';
import { Damage } from '../../../../src/engine/verify/damage.ts';
import { choosePacks, readPacks, type ReadData } from '../../../../src/engine/verify/readPacks.ts';
import { asId, type BlobId, type PackId } from '../../../../src/repository/format/ids.ts';
import { sha256Hex } from '../../../../src/repository/hash.ts';
import { BlobIndex } from '../../../../src/repository/index/blobIndex.ts';

const packs: PackToRead[] = Array.from({ length: 40 }, (_, at) => ({
  id: asId<PackId>(sha256Hex(`pack ${at}`)),
  size: 1000,
  header: new Uint8Array(),
}));

describe('which packs are read', () => {
  const suspects = new Set([packs[7]!.id]);

  test.each<[ReadData, number]>([
    [false, 0],
    [true, 40],
    [{ percent: 25 }, 10],
    [{ percent: 0.01 }, 1],
    [{ percent: 100 }, 40],
    [{ part: 1, of: 1 }, 40],
  ])('%j', (readData, count) => {
    expect(choosePacks(packs, new Set(), readData)).toHaveLength(count);
    expect(choosePacks(packs, suspects, readData)).toContain(packs[7]);
  });

  test('the parts are all packs, each once, as restic divides them', () => {
    const parts = [1, 2, 3, 4, 5].map((part) => choosePacks(packs, new Set(), { part, of: 5 }));
    expect(parts.flat().sort((a, b) => packs.indexOf(a) - packs.indexOf(b))).toEqual(packs);
    for (const [at, part] of parts.entries()) {
      expect(part.every(({ id }) => parseInt(id.slice(0, 2), 16) % 5 === at)).toBe(true);
    }
  });
});

test('however few the packs are, each thread gets some', async () => {
  const jobs: string[][] = [];
  const run = (_: string, batch: readonly PackToRead[]) => {
    jobs.push(batch.map(({ id }) => id));
    return Promise.resolve([]);
  };
  await readPacks({ size: 4, run } as unknown as CodecPool, packs, new Damage(new BlobIndex()), {});
  expect(jobs.flat()).toEqual(packs.map(({ id }) => id));
  expect(jobs.length).toBeGreaterThanOrEqual(4);
});

describe('what is said of a pack', () => {
  const [{ id }] = packs as [PackToRead];
  const blob = {
    type: 'data',
    id: asId<BlobId>(sha256Hex('x')),
    offset: 10,
    length: 50,
    uncompressedLength: 0,
  } as const;
  const unread = (code: ErrorCode) => ({ ...blob, packId: id, code, message: 'It failed.' });

  async function read(report: Omit<PackReport, 'id' | 'isEndUnread'>, isEndUnread = false) {
    const index = new BlobIndex();
    index.addPack(id, [blob]);
    const damage = new Damage(index);
    const pool = { size: 1, run: () => Promise.resolve([{ id, ...report, isEndUnread }]) } as unknown as CodecPool;
    const [finding] = await readPacks(pool, packs.slice(0, 1), damage, {});
    return { kind: finding!.kind, message: finding!.message, loss: damage.lossOf('data', blob.id) };
  }

  test.each<[ErrorCode, string]>([
    ['blob-damaged', 'pack-damaged'],
    ['repository-damaged', 'pack-damaged'],
    ['file-not-found', 'pack-damaged'],
    ['storage-error', 'pack-unreadable'],
    ['permission-denied', 'pack-unreadable'],
  ])('a blob that fails with %s makes it %s', async (code, kind) => {
    expect(await read({ unread: [unread(code)], problems: [] })).toEqual({
      kind,
      message: `The pack ${id.slice(0, 8)} has 1 unreadable blob (It failed).`,
      loss: 'CORRUPT',
    });
  });

  test('what is wrong beside the blobs costs no blob', async () => {
    expect(await read({ unread: [], problems: ['has a damaged header'] })).toEqual({
      kind: 'pack-damaged',
      message: `The pack ${id.slice(0, 8)} has a damaged header.`,
      loss: undefined,
    });
  });

  test('a header that cannot be read now says nothing of the pack', async () => {
    expect(await read({ unread: [], problems: ['has a header that cannot be read'] }, true)).toMatchObject({
      kind: 'pack-unreadable',
      loss: undefined,
    });
  });
});
