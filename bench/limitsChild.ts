/**
 * `node bench/limitsChild.ts FOLDER`: walks a folder and reads every file of it once on one thread, and prints as
 * JSON the seconds that went into the walk, into reading, and into SHA-256 and zstd (level 3) of the same bytes.
 */
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { compressBound, ZstdContext } from '../src/repository/zstd.ts';

/** What one thread needs for the files of a folder. */
export interface ThreadLimits {
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Listing all folders and looking at the metadata of each entry. */
  readonly walkSeconds: number;
  readonly readSeconds: number;
  readonly hashSeconds: number;
  readonly compressSeconds: number;
}

const PIECE_LENGTH = 1024 * 1024;

/** Of the second of two walks: the first brings all of it into the cache. */
function measureWalk(root: string): number {
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      lstatSync(path);
      if (entry.isDirectory()) walk(path);
    }
  };
  walk(root);
  const start = performance.now();
  walk(root);
  return (performance.now() - start) / 1000;
}

function measureFolder(root: string): ThreadLimits {
  const piece = Buffer.alloc(PIECE_LENGTH);
  const out = Buffer.alloc(compressBound(PIECE_LENGTH));
  const zstd = new ZstdContext();
  const walkSeconds = measureWalk(root);
  const sum = { bytes: 0, compressedBytes: 0, readSeconds: 0, hashSeconds: 0, compressSeconds: 0 };
  let last = performance.now();
  const spend = (on: 'readSeconds' | 'hashSeconds' | 'compressSeconds') => {
    const now = performance.now();
    sum[on] += (now - last) / 1000;
    last = now;
  };
  const measureFile = (path: string) => {
    const file = openSync(path, 'r');
    for (let length = PIECE_LENGTH; length === PIECE_LENGTH;) {
      length = readSync(file, piece, 0, PIECE_LENGTH, -1);
      spend('readSeconds');
      if (length === 0) break;
      const content = piece.subarray(0, length);
      createHash('sha256').update(content).digest();
      spend('hashSeconds');
      sum.compressedBytes += zstd.compress(content, out, 0);
      spend('compressSeconds');
      sum.bytes += length;
    }
    closeSync(file);
  };
  const measureBelow = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) measureBelow(join(folder, entry.name));
      else if (entry.isFile()) measureFile(join(folder, entry.name));
    }
  };
  measureBelow(root);
  return { ...sum, walkSeconds };
}

console.log(JSON.stringify(measureFolder(process.argv[2]!)));
