/**
 * Looking at entries, by the names that POSIX has for it: `lstat` looks at a link, `stat` at what it leads to.
 * The exact ones have all numbers as 64-bit integers: only these tell one file from another everywhere, since
 * Windows numbers its files beyond what a double can hold.
 */
import {
  existsSync,
  fstatSync,
  lstatSync,
  statfsSync,
  statSync,
  type BigIntStats,
  type Stats as NodeStats,
} from 'node:fs';
import type { FsPath } from './fsPath.ts';
import { isLinux } from './system.ts';

export type Stats = NodeStats;
export type ExactStats = BigIntStats;

/** Throws the system's error, as where there is no entry. */
export function lstat(path: FsPath): Stats {
  return lstatSync(path);
}

/** Nothing if there is no entry. Throws the system's error else. */
export function lstatIfThere(path: FsPath): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Throws the system's error, as where there is no entry. */
export function lstatExact(path: FsPath): ExactStats {
  return lstatSync(path, { bigint: true });
}

/** Nothing if there is no entry. Throws the system's error else. */
export function lstatExactIfThere(path: FsPath): ExactStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Throws the system's error, as where there is no entry. */
export function stat(path: FsPath): Stats {
  return statSync(path);
}

/** Nothing if there is no entry. Throws the system's error else. */
export function statIfThere(path: FsPath): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** Throws the system's error, as where there is no entry. */
export function statExact(path: FsPath): ExactStats {
  return statSync(path, { bigint: true });
}

/** Nothing if there is no entry. Throws the system's error else. */
export function statExactIfThere(path: FsPath): ExactStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Of an open file. */
export function fstat(fd: number): Stats {
  return fstatSync(fd);
}

/** Of an open file. */
export function fstatExact(fd: number): ExactStats {
  return fstatSync(fd, { bigint: true });
}

/** False too for what may not be seen. */
export function exists(path: FsPath): boolean {
  return existsSync(path);
}

/** statfs(2): tmpfs, ramfs, overlayfs. */
const vanishingTypes = new Set([0x01021994, 0x858458f6, 0x794c7630]);

/**
 * The bytes that this user may still fill in a file system, and whether that lives in memory or in a
 * container and goes with it, which is known on Linux only. Throws the system's error.
 */
export function describeFileSystem(path: FsPath): { readonly freeBytes: number; readonly mayVanish: boolean } {
  const { type, bavail, bsize } = statfsSync(path);
  return { freeBytes: bavail * bsize, mayVanish: isLinux && vanishingTypes.has(type) };
}
