import { closeSync, ftruncateSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeWithHoles } from '../../../src/disk/writeWithHoles.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const folder = tempFolder();

/** Writes pieces one after the other, and returns the file and the blocks of 512 bytes that it takes. */
function write(pieces: readonly Buffer[]): { content: Buffer; blocks: number } {
  const path = join(folder, 'file');
  const fd = openSync(path, 'w');
  let position = 0;
  let end = 0;
  for (const piece of pieces) {
    end = writeWithHoles(fd, piece, position) || end;
    position += piece.length;
  }
  if (end < position) ftruncateSync(fd, position);
  closeSync(fd);
  return { content: readFileSync(path), blocks: statSync(path).blocks };
}

const data = (length: number) => Buffer.alloc(length, 'x');
const zeros = (length: number) => Buffer.alloc(length);

describe('writing with holes', () => {
  test.each<[string, Buffer[], number]>([
    ['nothing', [], 0],
    ['an empty piece', [zeros(0)], 0],
    ['a short file', [data(100)], 8],
    ['zeros only', [zeros(1_000_000)], 8],
    ['whole blocks of zeros', [zeros(1_048_576)], 0],
    ['zeros too short for a hole', [data(4096), zeros(61_440), data(4096)], 136],
    ['zeros just long enough', [Buffer.concat([data(4096), zeros(65_536), data(4096)])], 16],
    ['zeros that do not fill the blocks', [Buffer.concat([data(4000), zeros(65_536 + 4000), data(4192)])], 32],
    ['zeros over several pieces', [data(4096), zeros(524_288), zeros(524_288), data(4096)], 16],
    ['a hole at the end', [data(8192), zeros(524_288)], 16],
    ['a hole at the beginning', [zeros(524_288), data(8192)], 16],
  ])('%s', (_, pieces, blocks) => {
    const written = write(pieces);
    expect(written.content.equals(Buffer.concat(pieces))).toBe(true);
    expect(written.blocks).toBeLessThanOrEqual(blocks);
  });

  test('gives back what was written', () => {
    const run = fc.record({ isZero: fc.boolean(), length: fc.integer({ min: 1, max: 150_000 }) });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), fc.array(fc.nat(300_000), { maxLength: 4 }), (runs, cuts) => {
        const all = Buffer.concat(runs.map(({ isZero, length }) => (isZero ? zeros(length) : data(length))));
        const ends = [...cuts.filter((cut) => cut < all.length), all.length].sort((a, b) => a - b);
        const pieces = ends.map((end, at) => all.subarray(ends[at - 1] ?? 0, end));
        expect(write(pieces).content.equals(all)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
