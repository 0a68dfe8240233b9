import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressBound, ZstdContext } from '../../../src/repository/zstd.ts';
import { randomBytes } from '../../helpers/random.ts';
import { cryptoVectors, fromBase64 } from './crypto/vectors.ts';
import { thrownCode } from './format/thrownCode.ts';

const text = Buffer.from(Array.from({ length: 1000 }, (_, i) => `${i}: the quick brown fox\n`).join(''));
const contexts = [
  ['kept', new ZstdContext()],
  ['portable', new ZstdContext({ isPortable: true })],
] as const;

function compress(context: ZstdContext, plain: Uint8Array): Buffer {
  const out = Buffer.alloc(compressBound(plain.length));
  return out.subarray(0, context.compress(plain, out, 0));
}

/** A frame of blocks from [type, size, bytes], with the given header (RFC 8878, 3.1.1). */
function makeFrame(header: readonly number[], blocks: readonly (readonly [number, number, Uint8Array])[]): Buffer {
  const parts = blocks.map(([type, size, bytes], at) => {
    const last = at === blocks.length - 1 ? 1 : 0;
    const head = Buffer.alloc(3);
    head.writeUIntLE(last | (type << 1) | (size << 3), 0, 3);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header]), ...parts]);
}

const raw = (bytes: Uint8Array) => [0, bytes.length, bytes] as const;
const repeated = (byte: number, count: number) => [1, count, Buffer.of(byte)] as const;

describe.each(contexts)('%s contexts', (_kind, context) => {
  const refused = (frame: Uint8Array, length: number) => thrownCode(() => context.decompress(frame, length));

  test('give back what they were given, in frames that state its length', () => {
    const plain = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.nat(300_000).map((length) => randomBytes('zstd', length)),
      fc.nat(300_000).map((length) => Buffer.alloc(length, 'repeated ')),
    );
    fc.assert(
      fc.property(plain, (bytes) => {
        const frame = compress(context, bytes);
        expect(zstdDecompressSync(frame).equals(bytes)).toBe(true);
        expect(context.decompress(frame, bytes.length).equals(bytes)).toBe(true);
        // Single segment or a content size field of its own: the bits 5 to 7 of the descriptor.
        expect(frame[4]! & 0xe0).not.toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test('read what restic wrote, with and without a stated length', () => {
    for (const {
      uncompressed_length: length,
      decrypted_base64: frame,
      plaintext_base64: plain,
    } of cryptoVectors.blobs) {
      if (frame !== undefined) expect(context.decompress(fromBase64(frame), length)).toEqual(fromBase64(plain));
    }
    const { decrypted_base64: snapshot, plaintext } = cryptoVectors.snapshot;
    const frame = fromBase64(snapshot).subarray(1);
    expect(frame[4]! & 0xe0).toBe(0);
    expect(context.decompress(frame, plaintext.length).toString()).toBe(plaintext);
  });

  test('write to their place and nowhere else', () => {
    const out = Buffer.alloc(1000 + compressBound(text.length), 0xa5);
    const length = context.compress(text, out, 500);
    expect(context.decompress(out.subarray(500, 500 + length), text.length).equals(text)).toBe(true);
    expect(out.subarray(0, 500).equals(Buffer.alloc(500, 0xa5))).toBe(true);
    expect(out.subarray(-499).equals(Buffer.alloc(499, 0xa5))).toBe(true);
  });

  test('say when there is not enough room, and go on', () => {
    const length = compress(context, text).length;
    for (const room of [0, 1, 10, length - 1]) {
      expect(context.compress(text, Buffer.alloc(room), 0)).toBe(-1);
      expect(context.decompress(compress(context, text), text.length).equals(text)).toBe(true);
    }
    expect(context.compress(text, Buffer.alloc(length + 1), 0)).toBe(length);
  });

  test('find room in the bound for what does not compress', () => {
    for (const length of [0, 1, 2, 255, 4096, 131_071, 131_072, 131_073, 1_000_000]) {
      const plain = randomBytes('incompressible', length);
      expect(context.decompress(compress(context, plain), length).equals(plain)).toBe(true);
    }
  });

  test('refuse every cut-off frame, and go on', () => {
    const checksum = { [constants.ZSTD_c_checksumFlag]: 1 };
    for (const frame of [compress(context, text), zstdCompressSync(text, { params: checksum })]) {
      for (let length = 0; length < frame.length; length++) {
        expect(refused(frame.subarray(0, length), text.length)).toBe('blob-damaged');
      }
      expect(context.decompress(frame, text.length).equals(text)).toBe(true);
    }
  });

  test('never return damaged content of a frame with a checksum, and go on', () => {
    const intact = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    for (let at = 0; at < intact.length; at++) {
      const frame = Buffer.from(intact);
      frame[at]! ^= 1 << (at % 8);
      let plain: Buffer = text;
      const code = thrownCode(() => (plain = context.decompress(frame, text.length)));
      expect(['blob-damaged', 'nothing thrown']).toContain(code);
      expect(plain.equals(text)).toBe(true);
      if (at % 50 === 0) expect(context.decompress(intact, text.length).equals(text)).toBe(true);
    }
  });

  test('refuse anything that is not one frame', () => {
    const frame = compress(context, text);
    const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex');
    for (const bytes of [
      Buffer.concat([frame, frame]),
      Buffer.concat([frame, Buffer.alloc(1)]),
      Buffer.concat([skippable, frame]),
      skippable,
      Buffer.alloc(0),
      Buffer.alloc(100),
      text,
    ]) {
      expect(refused(bytes, text.length)).toBe('blob-damaged');
      expect(refused(bytes, 2 * text.length)).toBe('blob-damaged');
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(1000), (noise, length) => {
        expect(refused(Buffer.concat([frame.subarray(0, 5), noise]), length)).toBe('blob-damaged');
      }),
    );
  });

  test('refuse another length than recorded, stated in the frame or not', () => {
    const unstated = makeFrame([0x00, 0x58], [raw(text.subarray(0, 20_000))]);
    expect(context.decompress(unstated, 20_000).equals(text.subarray(0, 20_000))).toBe(true);
    for (const length of [0, 1, 19_999, 20_001, 2 ** 31, 2 ** 40])
      expect(refused(unstated, length)).toBe('blob-damaged');
    const stated = compress(context, text);
    for (const length of [0, text.length - 1, text.length + 1]) expect(refused(stated, length)).toBe('blob-damaged');
    // Compressed blocks do not say what they hold: the decoder finds out.
    const streamed = zstdCompressSync(text, { flush: constants.ZSTD_e_continue });
    for (const length of [text.length - 1, text.length + 1]) expect(refused(streamed, length)).toBe('blob-damaged');
  });

  test('take no memory for a bomb', () => {
    const bomb = makeFrame(
      [0x00, 0x58],
      Array.from({ length: 1000 }, () => repeated(0, 131_072)),
    );
    expect(refused(bomb, 1000)).toBe('blob-damaged');
    expect(context.decompress(bomb, 131_072_000).equals(Buffer.alloc(131_072_000))).toBe(true);
    const before = process.memoryUsage().arrayBuffers;
    const promise = makeFrame([0xe0, 0, 0, 0, 0, 0x10, 0, 0, 0], [raw(text.subarray(0, 100))]);
    expect(refused(promise, 2 ** 36)).toBe('blob-damaged');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test('read windows up to 128 MiB and no larger', () => {
    const windowByte = (log: number) => (log - 10) << 3;
    const parts = [raw(text.subarray(0, 10_000)), repeated(7, 100_000), raw(text.subarray(0, 10))];
    const plain = Buffer.concat([text.subarray(0, 10_000), Buffer.alloc(100_000, 7), text.subarray(0, 10)]);
    for (const log of [17, 23, 27]) {
      expect(context.decompress(makeFrame([0x00, windowByte(log)], parts), plain.length).equals(plain)).toBe(true);
    }
    expect(refused(makeFrame([0x00, windowByte(28)], parts), plain.length)).toBe('blob-damaged');
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_enableLongDistanceMatching]: 1 };
    const long = Buffer.concat([randomBytes('long', 9_000_000), randomBytes('long', 9_000_000)]);
    expect(context.decompress(zstdCompressSync(long, { params }), long.length).equals(long)).toBe(true);
  });
});

test('a higher level compresses better', () => {
  const [fast, best] = [1, 19].map((level) => compress(new ZstdContext({ level }), text).length) as [number, number];
  expect(best).toBeLessThan(fast);
});

test('kept and portable contexts write the same frames', () => {
  for (const plain of [text, text.subarray(0, 100), randomBytes('same', 200_000), Buffer.alloc(0)]) {
    const [kept, portable] = contexts.map(([, context]) => compress(context, plain)) as [Buffer, Buffer];
    expect(kept.equals(portable)).toBe(true);
  }
});
