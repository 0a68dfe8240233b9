import type { BlobId } from '../../repository/format/ids.ts';
import type { Tree } from '../../repository/format/node.ts';
import type { TreeReader } from '../walkTree.ts';

/** So many entries of folders are kept, some megabytes. */
const MOST_NODES = 20_000;

/** Keeps the lists of folders that were read last: states that follow each other share most of theirs. */
export class RecentTrees implements TreeReader {
  readonly #reader: TreeReader;
  /** The one used last stands last. */
  readonly #trees = new Map<BlobId, Tree>();
  #nodes = 0;

  constructor(reader: TreeReader) {
    this.#reader = reader;
  }

  async loadTree(id: BlobId): Promise<Tree> {
    const known = this.#trees.get(id);
    if (known) {
      this.#trees.delete(id);
      this.#trees.set(id, known);
      return known;
    }
    const tree = await this.#reader.loadTree(id);
    if (!this.#trees.has(id)) this.#nodes += tree.nodes.length;
    this.#trees.set(id, tree);
    this.#dropOldest();
    return tree;
  }

  #dropOldest(): void {
    for (const [id, { nodes }] of this.#trees) {
      if (this.#nodes <= MOST_NODES || this.#trees.size === 1) return;
      this.#trees.delete(id);
      this.#nodes -= nodes.length;
    }
  }
}
