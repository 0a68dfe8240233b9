import { describe, expect, test } from 'vitest';
import type { Backend, LoadOptions } from '../../../../src/backend/backend.ts';
import { CairnError } from '../../../../src/base/errors.ts';
import { readPiece, readPieces } from '../../../../src/engine/codec/readPieces.ts';
import { asId, type BlobId, type PackId } from '../../../../src/repository/format/ids.ts';
import { countTrips } from '../../../helpers/countTrips.ts';
import { MemoryBackend } from '../../../helpers/memoryBackend.ts';

const pack = asId<PackId>('ab'.repeat(32));
const blobs = [0, 2, 4].map((offset) => ({
  type: 'tree' as const,
  id: asId<BlobId>(String(offset).repeat(64)),
  offset,
  length: 2,
  uncompressedLength: 0,
}));

/** A backend that answers by itself, and notes what it was asked for. */
function answering(load: (options: LoadOptions) => Buffer): { backend: Backend; asked: string[] } {
  const asked: string[] = [];
  const answer = async (_: unknown, options: LoadOptions = {}) => {
    asked.push(`${options.offset}+${options.length}${options.fresh ? ' fresh' : ''}`);
    return load(options);
  };
  return { backend: Object.assign(new MemoryBackend(), { load: answer }), asked };
}

async function read(backend: Backend, holds?: 'trees') {
  const good: string[] = [];
  const unread: string[] = [];
  await readPiece(backend, pack, blobs, {
    ...(holds && { holds }),
    blob: (_, sealed) => {
      if (sealed.toString() === 'xx') throw new CairnError('blob-damaged', 'spoilt');
      good.push(sealed.toString());
    },
    unread: ({ code }) => unread.push(code),
  });
  return { good, unread };
}

describe('a piece of a pack that a cache has spoilt', () => {
  const spoilt = ({ offset = 0, length = 0, fresh }: LoadOptions) =>
    Buffer.from(fresh ? 'aabbcc' : 'aaxxcc').subarray(offset, offset + length);

  test('is read from the storage where it is wrong', async () => {
    const { backend, asked } = answering(spoilt);
    expect(await read(backend, 'trees')).toEqual({ good: ['aa', 'bb', 'cc'], unread: [] });
    expect(asked).toEqual(['0+6', '2+2 fresh']);
  });

  test('is damaged where no cache can have it', async () => {
    const { backend, asked } = answering(spoilt);
    expect(await read(backend)).toEqual({ good: ['aa', 'cc'], unread: ['blob-damaged'] });
    expect(asked).toEqual(['0+6']);
  });
});

test('who is not let in does not ask blob by blob', async () => {
  const { backend, asked } = answering(() => {
    throw new CairnError('permission-denied', 'Who are you?', { details: { isLoginRefused: true } });
  });
  await expect(read(backend)).rejects.toMatchObject({ code: 'permission-denied' });
  expect(asked).toEqual(['0+6']);
});

test.each(['permission-denied', 'file-not-found'] as const)(
  'a pack that is %s is not asked for blob by blob',
  async (code) => {
    const { backend, asked } = answering(() => {
      throw new CairnError(code, 'not for you');
    });
    expect(await read(backend)).toEqual({ good: [], unread: [code, code, code] });
    expect(asked).toEqual(['0+6']);
  },
);

test.each(['aborted', 'target-unavailable'] as const)('what is %s is not asked for blob by blob', async (code) => {
  const { backend, asked } = answering(() => {
    throw new CairnError(code, 'away');
  });
  await expect(read(backend)).rejects.toMatchObject({ code });
  expect(asked).toEqual(['0+6']);
});

test("what the network or the server failed at is nobody's damage", async () => {
  const { backend, asked } = answering(() => {
    throw new CairnError('storage-error', 'busy', { mayPass: true });
  });
  await expect(read(backend)).rejects.toMatchObject({ code: 'storage-error', mayPass: true });
  expect(asked).toEqual(['0+6']);
});

test('pieces of far storage come four at a time, whatever packs they are in, and are used one after the other', async () => {
  const memory = new MemoryBackend();
  const other = asId<PackId>('cd'.repeat(32));
  await memory.save({ type: 'pack', name: pack }, [Buffer.from('aabbcc')]);
  await memory.save({ type: 'pack', name: other }, [Buffer.from('xxyyzz')]);
  const far = countTrips(memory);
  const good: string[] = [];
  await readPieces(
    far.backend,
    [pack, other].flatMap((name) => blobs.map((blob) => ({ pack: name, blobs: [blob] }))),
    {
      blob: (_, sealed) => good.push(sealed.toString()),
      unread: ({ code }) => good.push(code),
    },
  );
  expect(good).toEqual(['aa', 'bb', 'cc', 'xx', 'yy', 'zz']);
  expect(far.roundTrips()).toBeLessThanOrEqual(3);
});
