import { describe, expect, test } from 'vitest';
import { stats, type StatsOptions } from '../../src/engine/stats.ts';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { createTestRepository, file, link, other, type FolderLiteral } from '../helpers/testRepository.ts';

async function count(
  trees: (FolderLiteral | [FolderLiteral, Partial<Snapshot>])[],
  options: StatsOptions,
  version: 1 | 2 = 2,
) {
  const repository = await createTestRepository(version);
  for (const [tree, fields] of trees.map((entry) => (Array.isArray(entry) ? entry : ([entry] as const)))) {
    await repository.addSnapshot(tree, fields);
  }
  return stats(await repository.openSession(), options);
}

const linked = (inode: number, content = 'linked', deviceId = 1) => file(content, { links: 2, inode, deviceId });

describe('restore-size', () => {
  test.each<[string, FolderLiteral[], number, number]>([
    ['no snapshot', [], 0, 0],
    ['everything counts as an entry', [{ a: 'xxx', d: { e: 'yy', l: link('a') } }], 5, 4],
    ['files of one content', [{ a: 'xxx', b: 'xxx' }], 6, 2],
    ['hard links', [{ a: linked(1), d: { b: linked(1) }, c: linked(2) }], 12, 4],
    ['equal inodes of two devices', [{ a: linked(1), b: linked(1, 'linked', 2) }], 12, 2],
    ['the same folder twice, hard links in it', [{ d: { a: linked(1), x: 'y' }, e: { a: linked(1), x: 'y' } }], 8, 6],
    ['each snapshot by itself', [{ a: linked(1), b: 'x' }, { a: linked(1), b: 'x' }, { b: 'x' }], 15, 5],
  ])('%s', async (_, trees, totalSize, totalFiles) => {
    const result = await count(trees, { mode: 'restore-size' });
    expect(result).toEqual({ snapshots: trees.length, totalSize, totalFiles });
  });
});

describe('files-by-contents', () => {
  test.each<[string, FolderLiteral[], number, number]>([
    ['files of one content', [{ a: 'xxx', b: 'xxx' }], 3, 1],
    ['in several snapshots', [{ a: 'xxx' }, { b: 'xxx', c: 'y' }], 4, 2],
    ['the same chunks, put together in two ways', [{ a: file(['x', 'y']), b: file(['y', 'x']) }], 4, 2],
    ['without content, together one', [{ a: file([]), b: file([]), d: {}, l: link('a') }], 0, 1],
  ])('%s', async (_, trees, totalSize, totalFiles) => {
    const result = await count(trees, { mode: 'files-by-contents' });
    expect(result).toEqual({ snapshots: trees.length, totalSize, totalFiles });
  });
});

describe('raw-data', () => {
  const text = 'compressible '.repeat(1000);

  test('each blob counts once, with what compression saves', async () => {
    const result = await count(
      [
        { a: text, b: text },
        { a: text, c: 'c' },
      ],
      { mode: 'raw-data' },
    );
    expect(result).toMatchObject({ snapshots: 2, totalBlobs: 4 });
    const { uncompressedSize, ratio, progress, spaceSaving } = result.compression!;
    expect(uncompressedSize).toBeGreaterThan(text.length);
    expect(ratio).toBeCloseTo(uncompressedSize / result.totalSize, 5);
    expect(progress).toBe(100);
    expect(spaceSaving).toBeCloseTo(100 * (1 - result.totalSize / uncompressedSize), 5);
  });

  test('version 1 knows no compression', async () => {
    const result = await count([{ a: text }], { mode: 'raw-data' }, 1);
    expect(result.totalSize).toBeGreaterThan(text.length + 64);
    expect(result.compression).toBeUndefined();
  });

  test('no snapshot', async () => {
    const compression = { uncompressedSize: 0, ratio: 0, progress: 0, spaceSaving: 0 };
    expect(await count([], { mode: 'raw-data' })).toEqual({ snapshots: 0, totalSize: 0, totalBlobs: 0, compression });
  });
});

test('only the chosen snapshots count', async () => {
  const trees: [FolderLiteral, Partial<Snapshot>][] = [
    [{ a: 'x' }, { hostname: 'h' }],
    [{ a: 'xx' }, { tags: ['t'] }],
  ];
  const sizeOf = async (options: Partial<StatsOptions>) =>
    (await count(trees, { mode: 'restore-size', ...options })).totalSize;
  expect(await sizeOf({ snapshots: ['latest'] })).toBe(2);
  expect(await sizeOf({ filter: { hosts: ['h'] } })).toBe(1);
  expect(await sizeOf({ filter: { tags: [['t']] } })).toBe(2);
});

test.each(['restore-size', 'files-by-contents', 'raw-data'] as const)(
  '%s: a damaged folder is an error',
  async (mode) => {
    const damaged = other({ type: 'dir', subtree: 'f'.repeat(64) as never });
    await expect(count([{ damaged }], { mode })).rejects.toMatchObject({ code: 'blob-missing' });
  },
);

test('raw-data: missing content is an error', async () => {
  const lost = file('x', { content: ['f'.repeat(64)] as never });
  await expect(count([{ lost }], { mode: 'raw-data' })).rejects.toMatchObject({ code: 'blob-missing' });
});
