/** Open files, by the names that POSIX has for what is done with them. All throw the system's error. */
import { closeSync, constants, fstatSync, fsync, ftruncateSync, lstatSync, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../base/systemCode.ts';
import type { FsPath } from './fsPath.ts';
import { whileHeld } from './whileHeld.ts';

// Windows knows none of these.
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOATIME = 0 } = constants;
const fsyncAsync = promisify(fsync);

/**
 * Opens what should be a file, to read it. Neither follows a link that took its place, nor waits on a pipe,
 * nor touches the access time. Windows cannot refuse a link while it opens: there it is looked at just before.
 */
export function openForReading(path: FsPath): number {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  if (O_NOFOLLOW === 0) refuseLink(path);
  if (O_NOATIME === 0) return whileHeld(() => openSync(path, flags));
  try {
    return openSync(path, flags | O_NOATIME);
  } catch (error) {
    // Only its owner may leave the access time as it is.
    if (systemCode(error) !== 'EPERM') throw error;
    return openSync(path, flags);
  }
}

/** As {@link openForReading}, but a link is followed. */
export function openThroughLinks(path: FsPath): number {
  return openSync(path, O_RDONLY | O_NONBLOCK);
}

function refuseLink(path: FsPath): void {
  if (!lstatSync(path).isSymbolicLink()) return;
  throw Object.assign(new Error('ELOOP: a symbolic link'), { code: 'ELOOP' });
}

/** As {@link openForReading}, and throws `EISDIR` for anything but a plain file. */
export function openPlainFile(path: FsPath): number {
  const fd = openForReading(path);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error('EISDIR: no plain file'), { code: 'EISDIR' });
}

/** A new file, open for writing. Throws `EEXIST` if there is anything of that name. */
export function openNew(path: FsPath, mode: number): number {
  return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

/** A new file, open for writing and reading. Throws as {@link openNew}. */
export function openNewToReadBack(path: FsPath, mode: number): number {
  return openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

/** A folder, or a file that is not followed if it is a link: to make it durable. */
export function openToSync(path: FsPath, isFolder: boolean): number {
  // Windows makes durable only what is open for writing.
  return openSync(path, isFolder || O_NOFOLLOW !== 0 ? O_RDONLY | (isFolder ? 0 : O_NOFOLLOW) : O_RDWR);
}

export function closeFile(fd: number): void {
  closeSync(fd);
}

/** Reads up to `length` bytes, and returns how many; 0 at the end. Without a position, from where the last read ended. */
export function readAt(fd: number, buffer: Buffer, offset: number, length: number, position: number | null): number {
  return readSync(fd, buffer, offset, length, position);
}

/** Bytes by which the memory for a file of unknown length grows. */
const PIECE_LENGTH = 64 * 1024;

/** All that an open file or pipe delivers from here on; nothing if that is more than `limit` bytes, whatever size it claims. */
export function readUpTo(fd: number, limit: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let length = 0; length <= limit;) {
    const piece = Buffer.allocUnsafe(PIECE_LENGTH);
    const count = readSync(fd, piece, 0, PIECE_LENGTH, null);
    if (count === 0) return Buffer.concat(pieces, length);
    pieces.push(piece.subarray(0, count));
    length += count;
  }
  return undefined;
}

/** Cuts a file off, or fills it up with zeros. */
export function truncateFile(fd: number, size: number): void {
  ftruncateSync(fd, size);
}

/** Makes the content of an open file durable. */
export function syncFile(fd: number): Promise<void> {
  return fsyncAsync(fd);
}
