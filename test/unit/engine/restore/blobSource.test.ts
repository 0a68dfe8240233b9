import { describe, expect, test } from 'vitest';
import { CairnError, errorCode } from '../../../../src/base/errors.ts';
import { BlobSource, type BlobPlaces } from '../../../../src/engine/restore/blobSource.ts';
import type { BlobId, PackId } from '../../../../src/repository/format/ids.ts';
import type { BlobLocation } from '../../../../src/repository/index/blobIndex.ts';
import type { Backend } from '../../../../src/backend/backend.ts';
import { countTrips } from '../../../helpers/countTrips.ts';
import { FaultyBackend } from '../../../helpers/faultyBackend.ts';
import { randomBytes } from '../../../helpers/random.ts';
import { createTestRepository, file } from '../../../helpers/testRepository.ts';

/** Chunks of these lengths, stored one after the other, and a way to read them. */
async function createScene(lengths: readonly number[], roomLength = 0) {
  const repository = await createTestRepository(1);
  // Text of one byte a character, so that the lengths are those of the chunks.
  const chunks = lengths.map((length, at) => randomBytes(`${at}`, length / 2).toString('hex'));
  const { snapshot } = await repository.addSnapshot({ all: file(chunks) });
  const { index, reader, repository: open } = await repository.openSession();
  const { nodes } = await reader.loadTree(snapshot.tree);
  const ids = nodes[0]!.content as BlobId[];
  const locations = ids.map((id) => index.locations('data', id)[0]!);
  const backend = new FaultyBackend(repository.backend);
  const packs = [...new Set(locations.map(({ packId }) => packId))];
  const source = (order: readonly number[], others: BlobPlaces['others'] = new Map(), from: Backend = backend) => {
    const wanted = order.map((at) => locations[at]!);
    const numbers = new Uint32Array(wanted.flatMap((place) => toNumbers(packs, place)));
    const room = () => Buffer.alloc(roomLength);
    const keys = { sealer: open.sealer, zstd: open.zstd, rooms: { read: room(), stored: room(), plain: room() } };
    return new BlobSource(from, roomLength > 0 ? keys : open, { packs, numbers, others });
  };
  const read = async (order: readonly number[], others?: BlobPlaces['others']) => {
    const blobs = source(order, others);
    const found: string[] = [];
    for (const [number, at] of order.entries()) found.push((await blobs.read(number, ids[at]!)).toString());
    return found;
  };
  return { chunks, ids, locations, backend, packs, source, read };
}

function toNumbers(packs: readonly PackId[], place: BlobLocation): number[] {
  return [packs.indexOf(place.packId), place.offset, place.length, place.uncompressedLength];
}

describe('reading blobs', () => {
  const small = Array.from({ length: 40 }, (_, at) => 1000 + at * 2);

  test('that lie side by side takes one call', async () => {
    const { chunks, backend, packs, read } = await createScene(small);
    expect(await read(small.map((_, at) => at))).toEqual(chunks);
    expect(packs.length).toBe(1);
    expect(backend.calls).toHaveLength(1);
  });

  test('with others in between that are no longer than a gap takes one call', async () => {
    const { chunks, backend, read } = await createScene(small);
    const order = [0, 5, 6, 20, 39];
    expect(await read(order)).toEqual(order.map((at) => chunks[at]));
    expect(backend.calls).toHaveLength(1);
  });

  test('in any order, and again and again', async () => {
    const { chunks, read } = await createScene(small);
    const order = [39, 0, 0, 0, 20, 39, 1, 2, 3, 2, 1, 38];
    expect(await read(order)).toEqual(order.map((at) => chunks[at]));
  });

  test('of several packs of far storage takes one round trip, which is begun before anybody reads', async () => {
    const { chunks, ids, packs, backend, source } = await createScene(Array.from({ length: 12 }, () => 30_000));
    expect(packs.length).toBeGreaterThan(2);
    const far = countTrips(backend);
    const blobs = source([...ids.keys()], new Map(), far.backend);
    blobs.begin();
    expect(backend.calls).toHaveLength(packs.length);
    for (const [at, id] of ids.entries()) expect((await blobs.read(at, id)).toString()).toBe(chunks[at]);
    expect(far.calls()).toHaveLength(packs.length);
    expect(far.roundTrips()).toBe(1);
  });

  test('of far storage reads what does not fit the memory while what came before is used', async () => {
    const length = 1_000_000;
    const { chunks, ids, packs, backend, source } = await createScene(Array.from({ length: 12 }, () => length));
    const far = countTrips(backend, { properties: { connections: 20 } });
    const blobs = source([...ids.keys()], new Map(), far.backend);
    expect((await blobs.read(0, ids[0]!)).toString()).toBe(chunks[0]);
    // Two windows of 4 MiB, and nothing beyond.
    expect(backend.calls.length).toBe(8);
    for (const [at, id] of ids.entries()) expect((await blobs.read(at, id)).toString() === chunks[at]).toBe(true);
    expect(backend.calls.length).toBe(packs.length);
    expect(far.roundTrips()).toBeLessThanOrEqual(3);
  });

  test('of far storage that fails ahead is read once more when it is wanted', async () => {
    const { chunks, ids, packs, backend, source } = await createScene(Array.from({ length: 12 }, () => 30_000));
    backend.inject({ operation: 'load', call: packs.length, fail: new CairnError('storage-error', 'No.') });
    const blobs = source([...ids.keys()], new Map(), countTrips(backend).backend);
    blobs.begin();
    for (const [at, id] of ids.entries()) expect((await blobs.read(at, id)).toString()).toBe(chunks[at]);
  });

  test('of several packs', async () => {
    const { chunks, packs, read } = await createScene(Array.from({ length: 12 }, () => 30_000));
    expect(packs.length).toBeGreaterThan(2);
    const order = [11, 0, 10, 1, 9, 2, 8, 3, 7, 4, 6, 5];
    expect(await read(order)).toEqual(order.map((at) => chunks[at]));
  });

  test('the same one many times opens it once', async () => {
    const { ids, source } = await createScene([1000]);
    const blobs = source([0, 0, 0]);
    const first = await blobs.read(0, ids[0]!);
    expect(await blobs.read(1, ids[0]!)).toBe(first);
    expect(await blobs.read(2, ids[0]!)).toBe(first);
  });

  test('more than should be in memory forgets what came before', async () => {
    const lengths = Array.from({ length: 24 }, () => 1_000_000);
    const { chunks, backend, read } = await createScene(lengths);
    const order = lengths.map((_, at) => at);
    expect(await read([...order, ...order])).toEqual([...chunks, ...chunks]);
    expect(backend.calls.length).toBe(48);
  });

  test.each([100, 2_000, 100_000, 4_000_000])('into memory of %i bytes that is lent for it', async (roomLength) => {
    const { chunks, read } = await createScene([...small, 30_000, 70_000, 500_000, 1_500_000, 900_000], roomLength);
    const order = [0, 1, 44, 2, 43, 42, 41, 40, 39, 38, 44, 43, 42, 7, 8, 9, 1, 0];
    expect(await read(order)).toEqual(order.map((at) => chunks[at]));
  });

  test('is tried again when what came back was damaged', async () => {
    const { chunks, backend, read } = await createScene(small);
    backend.inject({ operation: 'load', corruptAt: 50 });
    expect(await read([0, 1])).toEqual([chunks[0], chunks[1]]);
  });

  test('one by one when they cannot be had together', async () => {
    const { chunks, backend, read } = await createScene(small);
    backend.inject({ operation: 'load', fail: new Error('too long') });
    expect(await read([0, 1, 2])).toEqual([chunks[0], chunks[1], chunks[2]]);
    expect(backend.calls.length).toBe(4);
  });

  test('from another place when the first is damaged for good', async () => {
    const { chunks, ids, locations, backend, packs, read } = await createScene(small);
    backend.inject({ operation: 'load', corruptAt: 50, times: 2 });
    expect(await read([0], new Map([[0, [locations[0]!]]]))).toEqual([chunks[0]]);
    backend.inject({ operation: 'load', corruptAt: 50, times: 3 });
    expect(await read([0], new Map([[0, [locations[0]!]]])).catch(errorCode)).toBe('blob-damaged');
    expect([ids.length, packs.length]).toEqual([40, 1]);
  });

  test('that are not there is a failure of each', async () => {
    const { backend, read } = await createScene(small);
    backend.inject({ operation: 'load', fail: new CairnError('file-not-found', 'It is gone.'), times: 100 });
    expect(await read([0]).catch((error: unknown) => (error as Error).message)).toMatch(
      /blob [0-9a-f]{8}\) cannot be read/,
    );
  });
});
