import { allAtOnce } from '../base/atOnce.ts';
import { strikesEveryCall } from '../base/errors.ts';
import type { BlobId, PackId } from '../repository/format/ids.ts';
import type { Tree } from '../repository/format/node.ts';
import type { PackEntry } from '../repository/format/pack.ts';
import { parseTree } from '../repository/format/tree.ts';
import { plainLength } from '../repository/index/blobIndex.ts';
import { openBlob } from '../repository/pack/openBlob.ts';
import { LARGEST_CACHED } from '../repository/pack/packWindows.ts';
import { cutIntoPieces, readPiece } from './codec/readPieces.ts';
import type { Session } from './session.ts';
import type { TreeReader } from './walkTree.ts';

/** A reader that can be told what comes next. */
export interface TreesAheadReader extends TreeReader {
  /** These lists are asked for next, in this order. */
  announce(trees: readonly BlobId[]): void;
}

export interface TreesAheadOptions {
  /** The walk goes through all that is below what it begins with, and only what it leaves out is not said. True unless stated. */
  readonly isWhole?: boolean;
  /** Whether a list that comes next will be asked for; what is not is not read ahead. All are, unless stated. */
  readonly isWanted?: (tree: BlobId) => boolean;
  readonly signal?: AbortSignal;
}

/** So many lists, and plain bytes of them, are read ahead at most. */
const MOST_AHEAD = 2048;
const MOST_BYTES_AHEAD = 16 * 1024 * 1024;

type SessionParts = Pick<Session, 'repository' | 'index' | 'reader'>;

/**
 * A reader for a walk that begins with `roots`: folder by folder, each before what is in it, in the order in which the
 * lists name them. Where each call is a round trip, it reads ahead what the walk will ask for, many lists with few
 * calls. The walk may leave out what it likes, and ask for anything else as well.
 */
export function treesAhead(
  session: SessionParts,
  roots: readonly BlobId[],
  options: TreesAheadOptions = {},
): TreesAheadReader {
  if (session.repository.backend.properties.isFar) return new TreesAhead(session, roots, options);
  return { loadTree: (id) => session.reader.loadTree(id), announce: () => {} };
}

/** A list that the walk will come to. */
interface Upcoming {
  readonly tree: BlobId;
  /**
   * Once it is asked for: undefined comes if that failed, and whoever needs it then tries by itself, unless that would
   * fail as well.
   */
  loaded?: PromiseWithResolvers<Tree | undefined>;
  /** Plain bytes. */
  bytes: number;
}

class TreesAhead implements TreesAheadReader {
  readonly #session: SessionParts;
  readonly #options: TreesAheadOptions;
  /** In the order of the walk. */
  #line: Upcoming[];
  readonly #inLine: Set<BlobId>;
  #isReading = false;
  /** Lists that are read ahead, or on their way, wherever they stand in the line, and their plain bytes. */
  #held = 0;
  #heldBytes = 0;

  constructor(session: SessionParts, roots: readonly BlobId[], options: TreesAheadOptions) {
    this.#session = session;
    this.#options = options;
    this.#line = roots.map((tree) => ({ tree, bytes: 0 }));
    this.#inLine = new Set(roots);
  }

  async loadTree(id: BlobId): Promise<Tree> {
    this.#readAhead();
    const upcoming = this.#take(id);
    const ahead = await upcoming?.loaded?.promise;
    if (ahead) return ahead;
    const tree = await this.#session.reader.loadTree(id);
    this.#addBelow(undefined, tree);
    return tree;
  }

  announce(trees: readonly BlobId[]): void {
    this.#insert(0, trees);
  }

  /**
   * What stands before it in the line may have been passed over, or come later, since the same list stands at several
   * places of the walk: it stays while there is room for what follows.
   */
  #take(id: BlobId): Upcoming | undefined {
    if (!this.#inLine.has(id)) return undefined;
    const at = this.#line.findIndex(({ tree }) => tree === id);
    const isShort = this.#held > MOST_AHEAD / 2 || this.#heldBytes > MOST_BYTES_AHEAD / 2;
    const gone = isShort ? this.#line.splice(0, at + 1) : this.#line.splice(at, 1);
    for (const { tree, loaded, bytes } of gone) {
      this.#inLine.delete(tree);
      if (!loaded) continue;
      this.#held--;
      this.#heldBytes -= bytes;
    }
    return gone.at(-1);
  }

  /** Begins to read the next lists of the line, unless enough are at hand. */
  #readAhead(): void {
    if (this.#isReading) return;
    const batch = this.#chooseBatch();
    if (batch.length === 0) return;
    this.#isReading = true;
    let isAway = false;
    const onFailure = (error: unknown) => {
      if (!strikesEveryCall(error)) return;
      isAway = true;
      for (const { loaded } of batch) {
        loaded!.promise.catch(() => {});
        loaded!.reject(error);
      }
    };
    void this.#readBatch(batch, onFailure).finally(() => {
      this.#isReading = false;
      // What could not be read is tried again by who needs it.
      for (const { loaded } of batch) loaded!.resolve(undefined);
      if (!isAway && !this.#options.signal?.aborted) this.#readAhead();
    });
  }

  #chooseBatch(): Upcoming[] {
    const { isWanted = () => true } = this.#options;
    const batch: Upcoming[] = [];
    for (const upcoming of this.#line) {
      if (this.#held >= MOST_AHEAD) break;
      if (upcoming.loaded) continue;
      const place = isWanted(upcoming.tree) ? this.#session.index.locations('tree', upcoming.tree)[0] : undefined;
      if (!place) continue;
      upcoming.bytes = plainLength(place);
      if (this.#held > 0 && this.#heldBytes + upcoming.bytes > MOST_BYTES_AHEAD) break;
      upcoming.loaded = Promise.withResolvers();
      this.#held++;
      this.#heldBytes += upcoming.bytes;
      batch.push(upcoming);
    }
    return batch;
  }

  async #readBatch(batch: readonly Upcoming[], onFailure: (error: unknown) => void): Promise<void> {
    const { backend } = this.#session.repository;
    const byId = new Map(batch.map((upcoming) => [upcoming.tree, upcoming]));
    const pieces = [...this.#placesOf(batch)].flatMap(([pack, blobs]) =>
      [...cutIntoPieces(blobs, backend.properties.cheapGap)].map((piece) => ({ pack, piece })),
    );
    await allAtOnce(pieces, backend.properties.connections, ({ pack, piece }) =>
      readPiece(backend, pack, piece, {
        blob: (blob, sealed) => this.#arrive(byId.get(blob.id)!, sealed, blob),
        unread: () => {},
        ...(this.#session.index.packEnd(pack) <= LARGEST_CACHED && { holds: 'trees' }),
        ...(this.#options.signal && { signal: this.#options.signal }),
      }),
    ).catch(onFailure);
  }

  /** By pack, in the order of their offsets. */
  #placesOf(batch: readonly Upcoming[]): Map<PackId, PackEntry[]> {
    const places = new Map<PackId, PackEntry[]>();
    for (const { tree } of batch) {
      const { packId, ...place } = this.#session.index.locations('tree', tree)[0]!;
      const entry: PackEntry = { type: 'tree', id: tree, ...place };
      const list = places.get(packId);
      if (list) list.push(entry);
      else places.set(packId, [entry]);
    }
    for (const list of places.values()) list.sort((a, b) => a.offset - b.offset);
    return places;
  }

  #arrive(upcoming: Upcoming, sealed: Buffer, blob: PackEntry): void {
    const tree = parseTree(openBlob(sealed, blob, this.#session.repository), upcoming.tree);
    this.#addBelow(upcoming, tree);
    upcoming.loaded!.resolve(tree);
  }

  /** Puts what a list leads to right behind it, or first where the walk is at it already. */
  #addBelow(upcoming: Upcoming | undefined, { nodes }: Tree): void {
    if (this.#options.isWhole === false) return;
    const below = nodes.flatMap(({ subtree }) => (subtree === undefined ? [] : [subtree]));
    this.#insert(upcoming ? this.#line.indexOf(upcoming) + 1 : 0, below);
  }

  #insert(at: number, trees: readonly BlobId[]): void {
    const news = [...new Set(trees)].filter((tree) => !this.#inLine.has(tree));
    if (news.length === 0) return;
    for (const tree of news) this.#inLine.add(tree);
    const upcoming = news.map((tree): Upcoming => ({ tree, bytes: 0 }));
    this.#line = [...this.#line.slice(0, at), ...upcoming, ...this.#line.slice(at)];
  }
}
