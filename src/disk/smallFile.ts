/** Small files of our own and of the system: read and written whole. */
import { chmodSync, closeSync, openSync, writeFileSync } from 'node:fs';
import { toFsPath } from './fsPath.ts';
import { keepToOwner } from './ownerOnly.ts';
import { unlink } from './changes.ts';
import { readUpTo } from './openFile.ts';

/** Bytes. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** Reads a file, pipe or device to its end. Throws the system's error, and `EFBIG` for what does not end soon. */
export function readSmallFile(path: string): Buffer {
  const fd = openSync(toFsPath(path), 'r');
  try {
    const bytes = readUpTo(fd, MAX_LENGTH);
    if (bytes) return bytes;
  } finally {
    closeSync(fd);
  }
  throw Object.assign(new Error('it is longer than 64 MiB'), { code: 'EFBIG' });
}

/**
 * Makes a file that only its owner can read, durable when this returns; nothing of it is left if that
 * fails. Throws `EEXIST` if there is anything of that name, and the system's error else.
 */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const fd = openSync(toFsPath(path), 'wx', 0o600);
  try {
    // Whatever the process masks: the owner must be able to read it again.
    chmodSync(toFsPath(path), 0o600);
    keepToOwner(path);
    writeFileSync(fd, content, { flush: true });
  } catch (error) {
    unlink(toFsPath(path));
    throw error;
  } finally {
    closeSync(fd);
  }
}
