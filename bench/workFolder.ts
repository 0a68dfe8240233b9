import { cpSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { killRunning } from './measure.ts';

const dist = join(import.meta.dirname, '../dist');

/**
 * Runs `work` with a folder for all that is temporary, which goes at the end, whatever the end is. Throws an
 * error if less than `neededBytes` are free there.
 */
export async function withWorkFolder<T>(
  parent: string | undefined,
  neededBytes: number,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const place = resolve(parent ?? tmpdir());
  mkdirSync(place, { recursive: true });
  checkFreeSpace(place, neededBytes);
  const folder = mkdtempSync(join(place, 'cairn-bench-'));
  const stop = () => {
    killRunning();
    // What was killed may still finish a call that creates a file.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await work(folder);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy of what was built, so that a build meanwhile does not change what is measured. */
export function copyDist(workFolder: string): string {
  const copy = join(workFolder, 'dist');
  cpSync(dist, copy, { recursive: true });
  return copy;
}

function checkFreeSpace(place: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  if (free >= neededBytes) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(0)} GB`;
  throw new Error(
    `This needs ${gigabytes(neededBytes)} in ${place}, where ${gigabytes(free)} are free. ` +
      'Choose another folder by --work, or less by --input or --scale.',
  );
}
