import type { BlobId, BlobType } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { plainLength, type BlobIndex } from '../../repository/index/blobIndex.ts';

/** What of one state the other does not have. Sizes in bytes, as they were before compression. */
export interface DiffCounts {
  files: number;
  dirs: number;
  others: number;
  dataBlobs: number;
  treeBlobs: number;
  bytes: number;
}

const BEFORE = 1;
const AFTER = 2;

/**
 * Counts the blobs that only one of two states uses, in one byte a blob of the repository. Blobs that
 * no index lists are left out.
 */
export class BlobDifference {
  readonly removed: DiffCounts = noCounts();
  readonly added: DiffCounts = noCounts();
  readonly #index: BlobIndex;
  readonly #uses: Uint8Array;

  constructor(index: BlobIndex) {
    this.#index = index;
    this.#uses = new Uint8Array(index.size);
  }

  /** Notes what an entry refers to, in the earlier state, the later one, or both. True if some was not noted so. */
  use(node: Pick<Node, 'content' | 'subtree'>, state: 'before' | 'after' | 'both'): boolean {
    const flags = state === 'before' ? BEFORE : state === 'after' ? AFTER : BEFORE | AFTER;
    let isNews = false;
    for (const id of node.content ?? []) isNews = this.#mark('data', id, flags) || isNews;
    if (node.subtree !== undefined) isNews = this.#mark('tree', node.subtree, flags) || isNews;
    return isNews;
  }

  /** How many blobs only one state uses, as far as noted. */
  get size(): number {
    const { removed, added } = this;
    return removed.dataBlobs + removed.treeBlobs + added.dataBlobs + added.treeBlobs;
  }

  #mark(type: BlobType, id: BlobId, flags: number): boolean {
    const entry = this.#index.entryOf(type, id);
    const known = this.#uses[entry];
    if (known === undefined) return false;
    const now = known | flags;
    if (now === known) return false;
    this.#uses[entry] = now;
    this.#count(known, type, id, -1);
    this.#count(now, type, id, 1);
    return true;
  }

  #count(flags: number, type: BlobType, id: BlobId, sign: 1 | -1): void {
    const counts = flags === BEFORE ? this.removed : flags === AFTER ? this.added : undefined;
    if (!counts) return;
    counts[type === 'data' ? 'dataBlobs' : 'treeBlobs'] += sign;
    const location = this.#index.locations(type, id)[0];
    if (location) counts.bytes += sign * plainLength(location);
  }
}

function noCounts(): DiffCounts {
  return { files: 0, dirs: 0, others: 0, dataBlobs: 0, treeBlobs: 0, bytes: 0 };
}
