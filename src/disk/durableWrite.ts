/**
 * Writing so that after a crash or power cut a file is either complete under its name or not there:
 * temporary name in the same folder, write, fsync, close, rename, fsync of the folder (format notes
 * 12.1). Only writing much and fsync leave the thread; the other calls take microseconds, and a trip
 * through Node's thread pool costs more than they do.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, constants, openSync, writev, writevSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from '../base/systemCode.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import { hardLink, mkdir, rename, unlink } from './changes.ts';
import { toFsPath } from './fsPath.ts';
import { closeFile, openNew, syncFile } from './openFile.ts';
import { exists, fstat, statIfThere } from './stats.ts';
import { isWindows } from './system.ts';

const writevAsync = promisify(writev);
/** Bytes that go into the system's memory faster than to another thread. */
const MAX_WRITTEN_HERE = 256 * 1024;

/** What a file system answers that has no fsync, for files and for folders. */
const noFileSync = ['ENOTSUP', 'EOPNOTSUPP'];
const noFolderSync = [...noFileSync, 'EINVAL', 'ENOENT'];

export interface DurableWriteOptions {
  /** Permissions while the file is written; afterwards it loses its write bits. */
  readonly mode: number;
  /** Whether a file that is there may be replaced; if not, that throws `EEXIST`. */
  readonly canReplace: boolean;
  /** Called when the bytes are not needed any more. */
  readonly onTaken?: () => void;
}

/**
 * Stores `parts` under `path`. When it resolves, the file is durable; when it rejects, a file that was not
 * there before is not there now. The folder must exist. Throws what the file system throws.
 */
export async function writeDurably(
  path: DiskPath,
  parts: readonly Uint8Array[],
  { mode, canReplace, onTaken }: DurableWriteOptions,
): Promise<void> {
  const temporary = `${path}-tmp-${randomBytes(8).toString('hex')}`;
  const isNew = !exists(toFsPath(path));
  const descriptor = openNew(toFsPath(temporary), mode);
  try {
    try {
      await writeAll(descriptor, parts);
      onTaken?.();
      await syncDescriptor(descriptor, noFileSync);
    } finally {
      closeFile(descriptor);
    }
    if (canReplace) rename(toFsPath(temporary), toFsPath(path));
    else nameOnce(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    if (isNew) removeQuietly(path);
    throw error;
  }
  if (!isWindows) protect(path, mode & ~0o222);
}

/** Gives a file its name unless something has it: `EEXIST`. */
function nameOnce(temporary: DiskPath, path: DiskPath): void {
  try {
    hardLink(toFsPath(temporary), toFsPath(path));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST' || code === undefined) throw error;
    // Without hard links, as on FAT, nothing else is as safe.
    if (exists(toFsPath(path)))
      throw Object.assign(new Error(`EEXIST: file already exists, '${path}'`), { code: 'EEXIST' });
    rename(toFsPath(temporary), toFsPath(path));
    return;
  }
  removeQuietly(temporary);
}

/** Makes the entries of a folder durable: files that were renamed into it or removed from it. */
export async function syncFolder(path: DiskPath): Promise<void> {
  // Windows has no such call; NTFS keeps its own order.
  if (isWindows) return;
  const descriptor = openSync(toFsPath(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncDescriptor(descriptor, noFolderSync);
  } finally {
    closeFile(descriptor);
  }
}

/** Makes a folder, and those missing above it, durably. Harmless when it exists. */
export async function makeFolder(path: DiskPath, mode: number): Promise<void> {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent, mode);
  createFolder(path, mode);
  await syncFolder(parent);
}

/** Makes a folder in one that exists, not yet durably. Harmless when it exists. */
export function createFolder(path: DiskPath, mode: number): void {
  try {
    mkdir(toFsPath(path), mode);
  } catch (error) {
    // Some systems name another reason than EEXIST, such as EROFS, for a folder that exists.
    if (!isFolder(path)) throw error;
  }
}

/** True if there is a folder (or a link to one) at `path`. Throws nothing. */
export function isFolder(path: DiskPath): boolean {
  try {
    return statIfThere(toFsPath(path))?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

async function writeAll(descriptor: number, parts: readonly Uint8Array[]): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  let pending = parts.filter((part) => part.length > 0);
  while (pending.length > 0) {
    const isSmall = total <= MAX_WRITTEN_HERE;
    const bytesWritten = isSmall
      ? writevSync(descriptor, pending)
      : (await writevAsync(descriptor, pending)).bytesWritten;
    if (bytesWritten === 0) throw new Error('The file system took no more bytes and gave no reason.');
    pending = dropBytes(pending, bytesWritten);
  }
  const { size } = fstat(descriptor);
  if (size !== total) throw new Error(`${total} bytes were written, but the file has ${size}.`);
}

/** What is left of the parts after their first `count` bytes. */
function dropBytes(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let at = 0;
  while (at < parts.length && count >= parts[at]!.length) count -= parts[at++]!.length;
  const rest = parts.slice(at);
  if (count > 0) rest[0] = rest[0]!.subarray(count);
  return rest;
}

async function syncDescriptor(descriptor: number, unsupported: readonly string[]): Promise<void> {
  try {
    await syncFile(descriptor);
  } catch (error) {
    if (!unsupported.includes(systemCode(error) ?? '')) throw error;
  }
}

function protect(path: string, mode: number): void {
  try {
    chmodSync(toFsPath(path), mode);
  } catch {
    // Some file systems have no permissions; the repository is as good without.
  }
}

function removeQuietly(path: string): void {
  try {
    unlink(toFsPath(path));
  } catch {
    // Already gone, or as unreachable as the write that failed.
  }
}
