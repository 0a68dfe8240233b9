import { constants } from 'node:fs';
import { lstat, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type { DiskPath } from '../../base/pathKinds.ts';
import { encodeRaw } from '../../base/rawName.ts';
import { isWindowsPath } from '../../base/samePlace.ts';
import { isInside, lastName, parentFolder } from '../diskPaths.ts';

// Windows knows none of these.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const PIECE_LENGTH = 1024 * 1024;

/** Why a document of the disk is not shown. */
export type DocumentRefusal = 'outside' | 'too-large';

/**
 * The metadata of a plain file or a link, which is not followed, in one of these folders. Anybody may make an address
 * of a document of the disk: what is not in the folders, by way of links either, and pipes and devices are `outside`.
 * Throws the system's error.
 */
export async function statOnDisk(path: DiskPath, folders: readonly DiskPath[]): Promise<Stats | 'outside'> {
  const place = await placeIn(path, folders);
  if (place === undefined) return 'outside';
  const stats = await lstat(place);
  return stats.isFile() || stats.isSymbolicLink() ? stats : 'outside';
}

/** The content of such a file of at most `maxBytes`, or where a link leads. Throws the system's error. */
export async function readOnDisk(
  path: DiskPath,
  folders: readonly DiskPath[],
  maxBytes: number,
): Promise<Uint8Array | DocumentRefusal> {
  const place = await placeIn(path, folders);
  if (place === undefined) return 'outside';
  const stats = await lstat(place);
  if (stats.isSymbolicLink()) return readlink(place, { encoding: 'buffer' });
  if (!stats.isFile()) return 'outside';
  const file = await open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return (await file.stat()).isFile() ? await readUpTo(file, maxBytes) : 'outside';
  } finally {
    await file.close();
  }
}

/** Where a path leads once the links of the folders on the way are resolved; nothing if that is in none of the folders. */
async function placeIn(path: DiskPath, folders: readonly DiskPath[]): Promise<Buffer | string | undefined> {
  const names = path.split(isWindowsPath(path) ? /[\\/]/ : '/');
  if (names.includes('..') || !folders.some((folder) => isInside(path, folder))) return undefined;
  const parent = await realpath(toNodePath(parentFolder(path)), 'buffer');
  for (const folder of folders) {
    const real = await realpath(toNodePath(folder), 'buffer').catch(() => undefined);
    // As byte strings: what is not UTF-8 must not become equal.
    if (real && isInside(parent.toString('latin1'), real.toString('latin1'))) {
      return Buffer.concat([parent, Buffer.from(isWindowsPath(path) ? '\\' : '/'), encodeRaw(lastName(path))]);
    }
  }
  return undefined;
}

/** A file may deliver more than the size that it claims. */
async function readUpTo(file: FileHandle, maxBytes: number): Promise<Uint8Array | 'too-large'> {
  const pieces: Buffer[] = [];
  for (let length = 0; length <= maxBytes;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE_LENGTH), 0, PIECE_LENGTH, length);
    if (bytesRead === 0) return Buffer.concat(pieces, length);
    pieces.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return 'too-large';
}

/** What Node's file functions take: bytes for what is not UTF-8. */
function toNodePath(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeRaw(path);
}
