import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CairnError } from '../../../src/base/errors.ts';
import { asId, type PackId } from '../../../src/repository/format/ids.ts';
import { PackWindows } from '../../../src/repository/pack/packWindows.ts';
import { FaultyBackend } from '../../helpers/faultyBackend.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { randomBytes } from '../../helpers/random.ts';

const packs = Array.from({ length: 6 }, (_, number) => asId<PackId>(String(number).repeat(64)));
const SIZE = 50_000;
const contents = packs.map((name) => randomBytes(name, SIZE));

/** Counts what is read. */
class CountingBackend extends MemoryBackend {
  loads = 0;

  override load(...args: Parameters<MemoryBackend['load']>): Promise<Buffer> {
    this.loads++;
    return super.load(...args);
  }
}

async function storePacks(length = SIZE): Promise<CountingBackend> {
  const backend = new CountingBackend();
  for (const [at, name] of packs.entries()) {
    await backend.save({ type: 'pack', name }, [contents[at]!.subarray(0, length)]);
  }
  return backend;
}

test('any reads in any order give the bytes of the pack', async () => {
  const backend = await storePacks();
  const read = fc.record({ pack: fc.nat(packs.length - 1), offset: fc.nat(SIZE - 1), length: fc.nat(9000) });
  await fc.assert(
    fc.asyncProperty(fc.array(read, { maxLength: 40 }), async (reads) => {
      const windows = new PackWindows(backend);
      for (const { pack, offset, length } of reads) {
        const end = Math.min(offset + length, SIZE);
        const bytes = await windows.read(packs[pack]!, offset, end - offset, SIZE);
        expect(Buffer.from(bytes).equals(contents[pack]!.subarray(offset, end))).toBe(true);
      }
    }),
  );
});

test('one blob after the other takes few reads', async () => {
  const backend = await storePacks();
  const windows = new PackWindows(backend);
  for (let offset = 0; offset < SIZE; offset += 100) await windows.read(packs[0]!, offset, 100, SIZE);
  expect(backend.loads).toBeLessThan(15);
});

test('a blob before the place where a pack was cut off is read', async () => {
  const backend = await storePacks(1000);
  const windows = new PackWindows(backend);
  await windows.read(packs[0]!, 0, 400, SIZE);
  expect(await windows.read(packs[0]!, 500, 400, SIZE)).toHaveLength(400);
  await expect(windows.read(packs[0]!, 900, 400, SIZE)).rejects.toMatchObject({ code: 'repository-damaged' });
});

test('a pack that is refused is asked for once', async () => {
  const backend = new FaultyBackend(await storePacks());
  const windows = new PackWindows(backend);
  await windows.read(packs[0]!, 0, 400, SIZE);
  backend.inject({ operation: 'load', fail: new CairnError('permission-denied', 'not for you') });
  await expect(windows.read(packs[0]!, 500, 400, SIZE)).rejects.toMatchObject({ code: 'permission-denied' });
});
