import { modeToStat, parseTime, type Node } from '../engine/index.ts';

/** ncdu counts in these. Bytes. */
const SECTOR = 512;
/** Bits of a mode that ncdu knows: permissions and the three special ones. */
const MODE_BITS = 0o7777;

/** Writes entries, each folder before its content, in the format that `ncdu -f` reads, as restic does. */
export class NcduWriter {
  readonly #write: (line: string) => void;
  /** Folders that are open, the innermost last. */
  readonly #open: string[] = [];
  /** The entry before, which has no comma yet. */
  #held = '';

  /** @param write takes a line of the result. */
  constructor(write: (line: string) => void, snapshot: object) {
    this.#write = write;
    this.#held = `[1, 2, ${JSON.stringify(snapshot)}, [{"name":"/"}`;
  }

  add(path: string, node: Node): void {
    this.#leaveUntil((folder) => path.startsWith(`${folder}/`));
    this.#flush(',');
    const indent = '  '.repeat(this.#open.length + 1);
    if (node.type === 'dir') {
      this.#write(`${indent}[`);
      this.#open.push(path);
      this.#held = `${indent}  ${entryOf(node)}`;
    } else this.#held = indent + entryOf(node);
  }

  end(): void {
    this.#leaveUntil(() => false);
    this.#flush('');
    this.#write(']');
    this.#write(']');
  }

  #leaveUntil(isIn: (folder: string) => boolean): void {
    for (let folder = this.#open.at(-1); folder !== undefined && !isIn(folder); folder = this.#open.at(-1)) {
      this.#flush('');
      this.#open.pop();
      this.#held = `${'  '.repeat(this.#open.length + 1)}]`;
    }
  }

  #flush(end: string): void {
    this.#write(this.#held + end);
    this.#held = '';
  }
}

function entryOf(node: Node): string {
  const size = Number(node.size ?? 0);
  const entry = {
    name: node.name,
    asize: size,
    dsize: Math.ceil(size / SECTOR) * SECTOR,
    dev: Number(node.deviceId ?? 0),
    ino: Number(node.inode ?? 0),
    nlink: node.links ?? 0,
    notreg: node.type !== 'dir' && node.type !== 'file',
    uid: node.uid,
    gid: node.gid,
    mode: modeToStat(node.mode) & MODE_BITS,
    mtime: Number(parseTime(node.mtime) / 1_000_000_000n),
  };
  return JSON.stringify(entry);
}
