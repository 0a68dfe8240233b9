import { entryKindOf } from './entryKind.ts';
import type { ExactStats } from './stats.ts';
import { isWindows } from './system.ts';

/** The numbers of a stat that a node is made of. */
const fields = ['mode', 'uid', 'gid', 'size', 'ino', 'dev', 'nlink', 'rdev', 'mtimeNs', 'ctimeNs'] as const;

/** What a backup has to know of an entry of the source: a part of what `lstat` gives. */
export type EntryStats = Pick<ExactStats, (typeof fields)[number]>;

/**
 * The stats as snapshots record them. On Windows these are the ones that restic records there: no inode, device
 * and number of names, the time of change that of the content, and modes as Go's `os.Stat` makes them up. Else
 * each program would take all that the other has recorded for changed.
 */
export function recordedStats(stats: EntryStats, windows = isWindows): EntryStats {
  return windows ? windowsStats(stats) : stats;
}

function windowsStats({ mode, size, mtimeNs }: EntryStats): EntryStats {
  const zero = { uid: 0n, gid: 0n, ino: 0n, dev: 0n, nlink: 0n, rdev: 0n };
  return { ...zero, mode: entryKindOf(mode) === 'dir' ? mode | 0o111n : mode, size, mtimeNs, ctimeNs: mtimeNs };
}

/** Packs the stats of entries into one list of numbers, which can be handed to another thread. */
export class StatsPacker {
  #packed = new BigInt64Array(256 * fields.length);
  #length = 0;

  add(stats: EntryStats): void {
    if (this.#length === this.#packed.length) {
      const larger = new BigInt64Array(this.#length * 2);
      larger.set(this.#packed);
      this.#packed = larger;
    }
    for (const field of fields) this.#packed[this.#length++] = stats[field];
  }

  finish(): BigInt64Array<ArrayBuffer> {
    return this.#packed.slice(0, this.#length);
  }
}

/** The stats of one entry of a packed list, each read when it is asked for. */
export class PackedStats implements EntryStats {
  readonly #packed: BigInt64Array;
  readonly #start: number;

  constructor(packed: BigInt64Array, entry: number) {
    this.#packed = packed;
    this.#start = entry * fields.length;
  }

  get mode(): bigint {
    return this.#packed[this.#start]!;
  }
  get uid(): bigint {
    return this.#packed[this.#start + 1]!;
  }
  get gid(): bigint {
    return this.#packed[this.#start + 2]!;
  }
  get size(): bigint {
    return this.#packed[this.#start + 3]!;
  }
  get ino(): bigint {
    return this.#packed[this.#start + 4]!;
  }
  get dev(): bigint {
    return this.#packed[this.#start + 5]!;
  }
  get nlink(): bigint {
    return this.#packed[this.#start + 6]!;
  }
  get rdev(): bigint {
    return this.#packed[this.#start + 7]!;
  }
  get mtimeNs(): bigint {
    return this.#packed[this.#start + 8]!;
  }
  get ctimeNs(): bigint {
    return this.#packed[this.#start + 9]!;
  }
}
