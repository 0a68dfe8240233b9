import { randomBytes } from 'node:crypto';
import { writevSync } from 'node:fs';
import type { DiskPath } from '../base/pathKinds.ts';
import { mkdirWithParents, rename, unlink } from './changes.ts';
import { toFsPath } from './fsPath.ts';
import { closeFile, openNew } from './openFile.ts';
import { joinName, parentFolder } from './paths.ts';

/** What begins the names of files that are not whole yet; restic's cache has the same. */
export const UNFINISHED_PREFIX = 'tmp-';

/**
 * Puts a file in its place whole, for what can be had again: after a power cut it may be empty or cut off. Makes the
 * folders above it. Throws the system's error, and leaves nothing then.
 */
export function writeQuickly(path: DiskPath, parts: readonly Uint8Array[]): void {
  const folder = parentFolder(path);
  mkdirWithParents(toFsPath(folder), 0o700);
  const temporary = joinName(folder, UNFINISHED_PREFIX + randomBytes(8).toString('hex'));
  const descriptor = openNew(toFsPath(temporary), 0o600);
  try {
    try {
      for (const part of parts) writeWhole(descriptor, part);
    } finally {
      closeFile(descriptor);
    }
    rename(toFsPath(temporary), toFsPath(path));
  } catch (error) {
    unlink(toFsPath(temporary));
    throw error;
  }
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const written = writevSync(descriptor, [bytes.subarray(at)]);
    if (written === 0) throw new Error('The file system took no more bytes and gave no reason.');
    at += written;
  }
}
