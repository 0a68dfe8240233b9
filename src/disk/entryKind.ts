import { constants } from 'node:fs';

/** What can be stored, in the format's words. */
export type EntryKind = 'file' | 'dir' | 'symlink' | 'fifo' | 'chardev' | 'dev';

const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO = 0o10000, S_IFCHR, S_IFBLK = 0o60000 } = constants;
/** Sockets are missing: they mean nothing without the program that listens. */
const kinds: ReadonlyMap<number, EntryKind> = new Map([
  [S_IFREG, 'file'],
  [S_IFDIR, 'dir'],
  [S_IFLNK, 'symlink'],
  [S_IFIFO, 'fifo'],
  [S_IFCHR, 'chardev'],
  [S_IFBLK, 'dev'],
]);

/** The kind of an entry by the mode that a look at it gives; nothing for what cannot be stored. */
export function entryKindOf(mode: bigint): EntryKind | undefined {
  return kinds.get(Number(mode) & S_IFMT);
}
