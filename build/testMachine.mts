/** What makes tests quicker on this machine, and changes nothing of what they prove. */
import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './fetch.mts';

/** Where Linux has a file system in memory. In a container it is often too small. */
const memory = '/dev/shm';

/** What the temporary files of all tests that run at a time take at most. Bytes. */
const ENOUGH = 3 * 1024 ** 3;

/**
 * For tests that run programs: what Node has compiled once need not be compiled by each process that runs the same
 * file.
 */
export const compiledOnce = { NODE_COMPILE_CACHE: join(root, '.cache/compiled') };

/**
 * For tests that store a lot: temporary files are in memory, where making something durable costs nothing. On a disk
 * they would wait for it most of the time. A `TMPDIR` of whoever runs them is left as it is.
 */
export function inMemory(enough = ENOUGH): { TMPDIR?: string } {
  if (process.platform !== 'linux' || process.env['TMPDIR'] !== undefined || !existsSync(memory)) return {};
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= enough ? { TMPDIR: memory } : {};
}
