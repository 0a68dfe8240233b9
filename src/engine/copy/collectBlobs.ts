import { createGiveWay } from '../../base/giveWay.ts';
import { CairnError } from '../../base/errors.ts';
import type { BlobId, BlobType } from '../../repository/format/ids.ts';
import { SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { Session } from '../session.ts';
import { treesAhead } from '../treesAhead.ts';
import type { TreeReader } from '../walkTree.ts';

/** What snapshots of one repository need that another lacks, by the numbers of the entries in the index of the first. */
export class BlobCollector {
  /** 1 for each blob that is to be copied. */
  readonly wanted: Uint8Array;
  /** Plain bytes of these. */
  bytes = 0;
  count = 0;
  readonly #source: Session;
  readonly #target: Session;
  readonly #reader: TreeReader;
  readonly #signal: AbortSignal | undefined;
  /** Lists of folders below which all is known. */
  readonly #visited: Uint8Array;

  constructor(source: Session, target: Session, snapshots: readonly StoredSnapshot[], signal?: AbortSignal) {
    this.#source = source;
    this.#target = target;
    this.#signal = signal;
    this.wanted = new Uint8Array(source.index.size);
    this.#visited = new Uint8Array(source.index.size);
    this.#reader = treesAhead(
      source,
      snapshots.map(({ snapshot }) => snapshot.tree),
      { isWanted: (tree) => this.#visited[source.index.entryOf('tree', tree)] !== 1, ...(signal && { signal }) },
    );
  }

  /**
   * Adds what a snapshot needs. Throws `blob-missing` if something is in no index, and what reading a list of a folder
   * fails with; nothing is added then.
   */
  async add(stored: StoredSnapshot): Promise<void> {
    const { index } = this.#source;
    const giveWay = createGiveWay(this.#signal);
    const found = new Map<number, number>();
    const visited: number[] = [];
    const seen = new Set<number>();
    const pending = [stored.snapshot.tree];
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      const entry = this.#require('tree', tree, stored, found);
      if (this.#visited[entry] === 1 || seen.has(entry)) continue;
      seen.add(entry);
      visited.push(entry);
      await giveWay();
      const below: BlobId[] = [];
      for (const { type, content, subtree } of (await this.#reader.loadTree(tree)).nodes) {
        // What a type of entry means that is not known here nobody knows: what is there of it is copied.
        const isKnown = type !== 'irregular';
        for (const id of content ?? []) {
          if (isKnown || index.isStored('data', id)) this.#require('data', id, stored, found);
        }
        if (subtree !== undefined && (isKnown || index.isStored('tree', subtree))) below.push(subtree);
      }
      pending.push(...below.reverse());
    }
    for (const entry of visited) this.#visited[entry] = 1;
    for (const [entry, bytes] of found) this.#want(entry, bytes);
  }

  /** Forgets what was collected, once it is copied. */
  clear(): void {
    this.wanted.fill(0);
    this.bytes = this.count = 0;
  }

  #want(entry: number, bytes: number): void {
    if (this.wanted[entry] === 1) return;
    this.wanted[entry] = 1;
    this.bytes += bytes;
    this.count++;
  }

  /** The entry of a blob, which is noted if the target lacks it. */
  #require(type: BlobType, id: BlobId, { id: snapshot }: StoredSnapshot, found: Map<number, number>): number {
    const { index } = this.#source;
    const entry = index.entryOf(type, id);
    if (entry < 0 || !index.isStored(type, id)) {
      const what = `Content that snapshot ${snapshot.slice(0, SHORT_ID_LENGTH)} needs is in no index of`;
      const message = `${what} ${this.#source.repository.backend.location}. "cairn verify" shows what is affected.`;
      throw new CairnError('blob-missing', message, { details: { snapshot, type, blob: id } });
    }
    if (!this.#target.index.isStored(type, id)) found.set(entry, index.locations(type, id)[0]!.length);
    return entry;
  }
}
