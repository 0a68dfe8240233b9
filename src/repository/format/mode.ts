import type { NodeType } from './node.ts';

/** The flags of Go's `fs.FileMode` that stand above the permission bits (format notes 7.3). */
const MODE_DIR = 2 ** 31;
const MODE_SYMLINK = 2 ** 27;
const MODE_DEVICE = 2 ** 26;
const MODE_NAMED_PIPE = 2 ** 25;
const MODE_SOCKET = 2 ** 24;
const MODE_SETUID = 2 ** 23;
const MODE_SETGID = 2 ** 22;
/** Set beside {@link MODE_DEVICE}. */
const MODE_CHAR_DEVICE = 2 ** 21;
const MODE_STICKY = 2 ** 20;
const MODE_IRREGULAR = 2 ** 19;
const MODE_PERMISSIONS = 0o777;

/** What the upper four of the 16 bits of `st_mode` mean. */
const fileTypes: Readonly<Record<number, { readonly flags: number; readonly type: NodeType }>> = {
  0o10: { flags: 0, type: 'file' },
  0o04: { flags: MODE_DIR, type: 'dir' },
  0o12: { flags: MODE_SYMLINK, type: 'symlink' },
  0o06: { flags: MODE_DEVICE, type: 'dev' },
  0o02: { flags: MODE_DEVICE + MODE_CHAR_DEVICE, type: 'chardev' },
  0o01: { flags: MODE_NAMED_PIPE, type: 'fifo' },
  0o14: { flags: MODE_SOCKET, type: 'socket' },
};

/** The mode of a node for `st_mode`. On Windows, where folders have no permissions, pass them as 0777. */
export function modeFromStat(stMode: number): number {
  const flags = fileTypes[(stMode >>> 12) & 0o17]?.flags ?? MODE_IRREGULAR;
  return (
    flags +
    (stMode & MODE_PERMISSIONS) +
    (stMode & 0o4000 ? MODE_SETUID : 0) +
    (stMode & 0o2000 ? MODE_SETGID : 0) +
    (stMode & 0o1000 ? MODE_STICKY : 0)
  );
}

/** What `chmod` takes for the mode of a node: permissions, setuid, setgid and sticky bit. */
export function modeToStat(mode: number): number {
  return (
    (mode & MODE_PERMISSIONS) |
    (mode & MODE_SETUID ? 0o4000 : 0) |
    (mode & MODE_SETGID ? 0o2000 : 0) |
    (mode & MODE_STICKY ? 0o1000 : 0)
  );
}

/** The type of node for `st_mode`, or undefined for what no node can stand for. */
export function nodeTypeFromStat(stMode: number): NodeType | undefined {
  return fileTypes[(stMode >>> 12) & 0o17]?.type;
}
