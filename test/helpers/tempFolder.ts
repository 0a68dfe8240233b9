import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { isWindows } from '../../src/disk/system.ts';

const folders: string[] = [];
// Registered when a test file imports this, since inside a running test it would have no effect.
afterAll(() => folders.splice(0).forEach(removeTree));

/** A new folder that is removed when the tests of the file are over, whatever they left in it. */
export function tempFolder(): string {
  return newFolder(tmpdir());
}

/** As `tempFolder`, but never in memory, where file systems behave in other ways than on a disk. */
export function diskFolder(): string {
  return newFolder(process.platform === 'linux' ? '/var/tmp' : tmpdir());
}

function newFolder(place: string): string {
  const folder = mkdtempSync(join(place, 'cairn-test-'));
  folders.push(folder);
  return folder;
}

/** Removes a tree that may hold read-only folders and paths too long for Node. */
export function removeTree(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (isWindows) throw error;
    execFileSync('chmod', ['-R', 'u+rwx', folder]);
    execFileSync('rm', ['-rf', folder]);
  }
}
