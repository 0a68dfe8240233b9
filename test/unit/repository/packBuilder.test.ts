import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMasterKey } from '../../../src/repository/crypto/masterKey.ts';
import { Sealer } from '../../../src/repository/crypto/seal.ts';
import { parsePackHeader } from '../../../src/repository/format/pack.ts';
import { blobId } from '../../../src/repository/hash.ts';
import { PackBuilder, type FinishedPack } from '../../../src/repository/pack/packBuilder.ts';
import { randomBytes } from '../../helpers/random.ts';

const sealer = new Sealer(createMasterKey());

/** The blobs of packs, opened, in order. */
function contentOf(packs: readonly FinishedPack[]): Buffer[] {
  return packs.flatMap(({ bytes, header }) =>
    parsePackHeader(header).map(({ offset, length }) =>
      sealer.open(Buffer.from(bytes.subarray(offset, offset + length))),
    ),
  );
}

test('memory that grows holds the same as memory that is there at once', () => {
  const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(5_000), fc.nat(60_000)), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 4096 }), (blobs, firstLength) => {
      const taken: number[] = [];
      const takeBuffer = (length: number) => {
        taken.push(length);
        return Buffer.alloc(length);
      };
      const builder = new PackBuilder({ sealer, firstLength, target: 100_000, takeBuffer });
      const plain = blobs.map((length, at) => randomBytes(String(at), length));
      const packs = plain.flatMap((blob) => builder.add('tree', blobId(blob), blob).finished);
      if (!builder.isEmpty) packs.push(builder.finish());
      expect(contentOf(packs)).toEqual(plain);
      // Each time it grows to several times what it was, so that little is copied.
      expect(taken.length).toBeLessThanOrEqual(packs.length * 10);
      expect(Math.max(...taken)).toBeLessThan(1_000_000);
    }),
    { numRuns: 20 },
  );
});
