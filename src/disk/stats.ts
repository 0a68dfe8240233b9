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
import { isLinux, isWindows } from './system.ts';

export type Stats = NodeStats;
export type ExactStats = BigIntStats;

/** Milliseconds: what the seconds of a time wrap at, and from where on they do not fit with a sign. */
const [wrap, signed] = [2 ** 32 * 1000, 2 ** 31 * 1000];
const DAY = 86_400_000;

/**
 * A time of change as it is. On Windows Node reads its seconds as 32 bits without a sign, so that 1960 becomes
 * 2096 (node_file-inl.h); what would lie in the future from 2038 on is taken to be before 1970. Of other times
 * before 1970, and those after 2106, nothing is left to tell them by. Milliseconds.
 */
export function mendTime(read: number, now = Date.now()): number {
  return read >= signed && read > now + DAY ? read - wrap : read;
}

function mend<Found extends Stats | undefined>(stats: Found): Found {
  if (isWindows && stats) stats.mtimeMs = mendTime(stats.mtimeMs);
  return stats;
}

function mendExact<Found extends ExactStats | undefined>(stats: Found): Found {
  if (!isWindows || !stats || mendTime(Number(stats.mtimeMs)) >= 0) return stats;
  stats.mtimeMs -= BigInt(wrap);
  stats.mtimeNs -= BigInt(wrap) * 1_000_000n;
  return stats;
}

/** Throws the system's error, as where there is no entry. */
export function lstat(path: FsPath): Stats {
  return mend(lstatSync(path));
}

/** Nothing if there is no entry. Throws the system's error else. */
export function lstatIfThere(path: FsPath): Stats | undefined {
  return mend(lstatSync(path, { throwIfNoEntry: false }));
}

/** Throws the system's error, as where there is no entry. */
export function lstatExact(path: FsPath): ExactStats {
  return mendExact(lstatSync(path, { bigint: true }));
}

/** Nothing if there is no entry. Throws the system's error else. */
export function lstatExactIfThere(path: FsPath): ExactStats | undefined {
  return mendExact(lstatSync(path, { bigint: true, throwIfNoEntry: false }));
}

/** Throws the system's error, as where there is no entry. */
export function stat(path: FsPath): Stats {
  return mend(statSync(path));
}

/** Nothing if there is no entry. Throws the system's error else. */
export function statIfThere(path: FsPath): Stats | undefined {
  return mend(statSync(path, { throwIfNoEntry: false }));
}

/** Throws the system's error, as where there is no entry. */
export function statExact(path: FsPath): ExactStats {
  return mendExact(statSync(path, { bigint: true }));
}

/** Nothing if there is no entry. Throws the system's error else. */
export function statExactIfThere(path: FsPath): ExactStats | undefined {
  return mendExact(statSync(path, { bigint: true, throwIfNoEntry: false }));
}

/** Of an open file. */
export function fstat(fd: number): Stats {
  return mend(fstatSync(fd));
}

/** Of an open file. */
export function fstatExact(fd: number): ExactStats {
  return mendExact(fstatSync(fd, { bigint: true }));
}

/** False too for what may not be seen. */
export function exists(path: FsPath): boolean {
  return existsSync(path);
}

/** statfs(2): tmpfs, ramfs, overlayfs. */
const vanishingTypes = new Set([0x01021994, 0x858458f6, 0x794c7630]);

/**
 * The bytes that a file system has in all and that this user may still fill in it, and whether it lives in memory or in a
 * container and goes with it, which is known on Linux only. Throws the system's error.
 */
export function describeFileSystem(path: FsPath): {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly mayVanish: boolean;
} {
  const { type, blocks, bavail, bsize } = statfsSync(path);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, mayVanish: isLinux && vanishingTypes.has(type) };
}
