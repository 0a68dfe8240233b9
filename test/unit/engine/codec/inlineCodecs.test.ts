import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CodecPool, OpenCodecs } from '../../../../src/engine/codec/codecPool.ts';
import { codecSetupOf, type CodecSetup } from '../../../../src/engine/codec/codecSetup.ts';
import { openInlineCodecs } from '../../../../src/engine/codec/inlineCodecs.ts';
import type { FileToStore } from '../../../../src/engine/codec/storeFiles.ts';
import type { SharedIndex } from '../../../../src/repository/index/blobTable.ts';
import { BlobIndex } from '../../../../src/repository/index/blobIndex.ts';
import type { FinishedPack } from '../../../../src/repository/pack/packBuilder.ts';
import { createTestRepository, type TestRepository } from '../../../helpers/testRepository.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

const root = tempFolder();
let stage: TestRepository;

beforeAll(async () => {
  stage = await createTestRepository();
});

function newFile(name: string, content: string): FileToStore {
  writeFileSync(join(root, name), content);
  return { path: join(root, name), size: content.length, mtimeNs: 0n, ctimeNs: 0n };
}

/** A pool of threads that notes what it is asked to do. */
function fakeThreads(): { log: string[]; open: OpenCodecs; setups: CodecSetup[] } {
  const log: string[] = [];
  const setups: CodecSetup[] = [];
  const pool: CodecPool = {
    size: 3,
    run: async (job) => (log.push(`run ${job}`), undefined),
    runOnEach: async (job) => (log.push(`each ${job}`), []),
    interrupt: () => log.push('interrupt'),
    close: async () => void log.push('close'),
  };
  return { log, setups, open: (setup) => (setups.push(setup), log.push('open'), pool) };
}

function newSetup(index = new BlobIndex(1000)): { setup: CodecSetup; index: BlobIndex } {
  return { setup: codecSetupOf({ repository: stage.repository, index }), index };
}

describe('codecs in the calling thread', () => {
  test('store few small files without threads, again and again', async () => {
    const { open, log } = fakeThreads();
    const openCodecs = openInlineCodecs(open, Infinity);
    const { setup } = newSetup();
    for (let n = 0; n < 3; n++) {
      const packs: FinishedPack[] = [];
      const codecs = openCodecs(setup, async (pack) => void packs.push(pack));
      const { files, blobs } = await codecs.run('storeFiles', [newFile('a', `a ${n}`), newFile('b', `b ${n}`)]);
      expect([files.length, blobs, packs.length, codecs.size]).toEqual([2, 2, 0, 1]);
      await codecs.runOnEach('flushPacks', undefined);
      expect(packs).toHaveLength(1);
      await codecs.close();
    }
    expect(log).toEqual([]);
  });

  test.each<[string, () => FileToStore[]]>([
    ['many', () => Array.from({ length: 129 }, (_, n) => newFile(`many ${n}`, `${n}`))],
    ['large', () => (truncateSync(newFile('large', '').path, 9_000_000), [{ ...newFile('x', ''), size: 9_000_000 }])],
  ])('leave %s files to threads, and all that come after', async (_, files) => {
    const { open, log, setups } = fakeThreads();
    const { setup } = newSetup();
    const codecs = openInlineCodecs(open, Infinity)(setup, async () => {});
    await codecs.run('storeFiles', [newFile('first', 'first')]);
    const moved: SharedIndex = new BlobIndex(2000).shared;
    await codecs.runOnEach('useIndex', moved);
    await codecs.run('storeFiles', files());
    await codecs.run('storeFiles', [newFile('last', 'last')]);
    await codecs.runOnEach('flushPacks', undefined);
    codecs.interrupt();
    await codecs.close();
    expect(log).toEqual(['open', 'run storeFiles', 'run storeFiles', 'each flushPacks', 'interrupt', 'close']);
    expect(setups[0]!.index).toBe(moved);
  });

  test('other jobs are for threads', async () => {
    const { open, log } = fakeThreads();
    const codecs = openInlineCodecs(open, Infinity)(newSetup().setup, async () => {});
    await codecs.run('verifyPacks', []);
    await codecs.close();
    expect(log).toEqual(['open', 'run verifyPacks', 'close']);
  });

  test('use the index of their own backup, wherever it lies by now', async () => {
    const openCodecs = openInlineCodecs(fakeThreads().open, Infinity);
    const { setup, index } = newSetup();
    const store = async (at: CodecSetup) => {
      const codecs = openCodecs(at, async () => {});
      const { blobs } = await codecs.run('storeFiles', [newFile('same', 'the same content')]);
      await codecs.runOnEach('flushPacks', undefined);
      await codecs.close();
      return blobs;
    };
    expect([await store(setup), await store(setup)]).toEqual([1, 0]);
    index.ensureRoom(10_000);
    expect(await store(codecSetupOf({ repository: stage.repository, index }))).toBe(0);
    expect(await store(newSetup().setup)).toBe(1);
  });

  test('what a failed backup left unfinished gets into no other', async () => {
    const openCodecs = openInlineCodecs(fakeThreads().open, Infinity);
    const failed = openCodecs(newSetup().setup, async () => {});
    await failed.run('storeFiles', [newFile('lost', 'lost')]);
    await failed.close();
    const packs: FinishedPack[] = [];
    const next = openCodecs(newSetup().setup, async (pack) => void packs.push(pack));
    await next.runOnEach('flushPacks', undefined);
    expect(packs).toEqual([]);
    await next.close();
  });

  test('two backups at the same time do not mix', async () => {
    const openCodecs = openInlineCodecs(fakeThreads().open, Infinity);
    const counts = [0, 0];
    const pools = counts.map((_, at) => openCodecs(newSetup().setup, async () => void counts[at]!++));
    for (const [at, pool] of pools.entries()) await pool.run('storeFiles', [newFile(`two ${at}`, `two ${at}`)]);
    await pools[0]!.runOnEach('flushPacks', undefined);
    expect(counts).toEqual([1, 0]);
    await pools[1]!.runOnEach('flushPacks', undefined);
    expect(counts).toEqual([1, 1]);
    for (const pool of pools) await pool.close();
  });

  test('what takes long is left to threads, and the calling thread goes on', async () => {
    const asked: string[] = [];
    const { open: openFake } = fakeThreads();
    const open: OpenCodecs = (setup, onPack) => ({
      ...openFake(setup, onPack),
      run: async (_job, params) => {
        const files = params as readonly FileToStore[];
        asked.push(...files.map(({ path }) => path));
        return { files: files.map(() => ({ failure: 'ETHREAD' })), blobs: 10, bytes: 100, packed: 1000 } as never;
      },
    });
    const codecs = openInlineCodecs(open)(newSetup().setup, async () => {});
    // Changed within a second that its file system does not divide: it is read when that is over.
    const settling = {
      ...newFile('settling', 'settling'),
      ctimeNs: BigInt(Math.ceil(Date.now() / 1000)) * 1_000_000_000n,
    };
    const late = newFile('late', 'late');
    const { files, ...counts } = await codecs.run('storeFiles', [settling, late]);
    expect(asked).toEqual([settling.path, late.path]);
    expect(files).toEqual([{ failure: 'ETHREAD' }, { failure: 'ETHREAD' }]);
    expect(counts).toEqual({ blobs: 10, bytes: 100, packed: 1000 });
    await codecs.close();
  });

  test('an interrupt ends the reading, and the next backup reads again', async () => {
    const openCodecs = openInlineCodecs(fakeThreads().open, Infinity);
    const { setup } = newSetup();
    const first = openCodecs(setup, async () => {});
    first.interrupt();
    const { files } = await first.run('storeFiles', [newFile('stopped', 'stopped')]);
    expect(files).toEqual([{ failure: 'ECANCELED' }]);
    await first.close();
    const second = openCodecs(setup, async () => {});
    expect((await second.run('storeFiles', [newFile('stopped', 'stopped')])).blobs).toBe(1);
    await second.runOnEach('flushPacks', undefined);
    await second.close();
  });
});
