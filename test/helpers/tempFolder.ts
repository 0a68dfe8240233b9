import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A new folder that is removed when the tests of the file are over, whatever they left in it. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  afterAll(() => removeTree(folder));
  return folder;
}

/** Removes a tree that may hold read-only folders and paths too long for Node. */
export function removeTree(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    execFileSync('chmod', ['-R', 'u+rwx', folder]);
    execFileSync('rm', ['-rf', folder]);
  }
}
