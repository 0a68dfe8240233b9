import { allAtOnce } from '../base/atOnce.ts';
import { CairnError, strikesEveryCall } from '../base/errors.ts';
import type { BlobId, PackId } from '../repository/format/ids.ts';
import type { Tree } from '../repository/format/node.ts';
import type { PackEntry } from '../repository/format/pack.ts';
import { parseTree } from '../repository/format/tree.ts';
import { plainLength } from '../repository/index/blobIndex.ts';
import { openBlob } from '../repository/pack/openBlob.ts';
import { LARGEST_CACHED } from '../repository/pack/packWindows.ts';
import { cutIntoPieces, readPiece, type UnreadBlob } from './codec/readPieces.ts';
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
/** Of these, once they were reached, so much must be left of what is held for more to be read. */
const ROOM_AGAIN = 0.75;

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

/** A list that the walk will come to, in the line of them. */
interface Upcoming extends Neighbours {
  readonly tree: BlobId;
  /**
   * Once it is asked for: undefined comes if that failed, and whoever needs it then tries by itself, unless that would
   * fail as well.
   */
  loaded?: PromiseWithResolvers<Tree | undefined>;
  /** Plain bytes. */
  bytes: number;
}

/** What stands before and behind a list. Lists come and go anywhere in the line, which is long. */
interface Neighbours {
  before: Neighbours;
  after: Neighbours;
}

class TreesAhead implements TreesAheadReader {
  readonly #session: SessionParts;
  readonly #options: TreesAheadOptions;
  /** The line is in the order of the walk: its first list comes after this, and its last one before this. */
  readonly #ends = {} as Neighbours;
  readonly #inLine = new Map<BlobId, Upcoming>();
  #isReading = false;
  /** Of all in the line it is known that they are read ahead, or on their way. */
  #isLineRead = false;
  /** There was no room for the next in the line. To look for it at each list that goes would take longer than reading. */
  #isFull = false;
  /** Lists that are read ahead, or on their way, wherever they stand in the line, and their plain bytes. */
  #held = 0;
  #heldBytes = 0;

  constructor(session: SessionParts, roots: readonly BlobId[], options: TreesAheadOptions) {
    this.#session = session;
    this.#options = options;
    this.#ends.before = this.#ends.after = this.#ends;
    this.#insertAfter(this.#ends, roots);
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
    this.#insertAfter(this.#ends, trees);
  }

  /**
   * What stands before it in the line may have been passed over, or come later, since the same list stands at several
   * places of the walk: it stays while there is room for what follows.
   */
  #take(id: BlobId): Upcoming | undefined {
    const upcoming = this.#inLine.get(id);
    if (!upcoming) return undefined;
    const isShort = this.#held > MOST_AHEAD / 2 || this.#heldBytes > MOST_BYTES_AHEAD / 2;
    while (isShort && upcoming.before !== this.#ends) this.#remove(upcoming.before as Upcoming);
    this.#remove(upcoming);
    return upcoming;
  }

  #remove({ tree, loaded, bytes, before, after }: Upcoming): void {
    before.after = after;
    after.before = before;
    this.#inLine.delete(tree);
    if (!loaded) return;
    this.#held--;
    this.#heldBytes -= bytes;
  }

  /** Begins to read the next lists of the line, unless enough are at hand. */
  #readAhead(): void {
    if (this.#isReading || this.#isLineRead || (this.#isFull && !this.#hasRoom())) return;
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

  #hasRoom(): boolean {
    return this.#held <= ROOM_AGAIN * MOST_AHEAD && this.#heldBytes <= ROOM_AGAIN * MOST_BYTES_AHEAD;
  }

  #chooseBatch(): Upcoming[] {
    const { isWanted = () => true } = this.#options;
    const batch: Upcoming[] = [];
    this.#isLineRead = this.#isFull = false;
    // The one at hand may be removed, and then still knows what is behind it.
    let at = this.#ends.after;
    for (; at !== this.#ends && !this.#isFull; at = at.after) {
      const upcoming = at as Upcoming;
      if (upcoming.loaded) continue;
      const place = isWanted(upcoming.tree) ? this.#session.index.locations('tree', upcoming.tree)[0] : undefined;
      if (!place) {
        // It would be looked at again for each batch.
        this.#remove(upcoming);
        continue;
      }
      upcoming.bytes = plainLength(place);
      this.#isFull = this.#held > 0 && this.#heldBytes + upcoming.bytes > MOST_BYTES_AHEAD;
      if (this.#isFull) return batch;
      upcoming.loaded = Promise.withResolvers();
      this.#held++;
      this.#heldBytes += upcoming.bytes;
      batch.push(upcoming);
      this.#isFull = this.#held >= MOST_AHEAD;
    }
    this.#isLineRead = !this.#isFull;
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
        unread: (blob) => this.#refuse(byId.get(blob.id)!, blob),
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

  /** What is refused is not asked for again; all else is tried once more by who needs it. */
  #refuse({ loaded }: Upcoming, { code, message, packId }: UnreadBlob): void {
    if (code !== 'permission-denied') return;
    loaded!.promise.catch(() => {});
    loaded!.reject(new CairnError(code, message, { details: { pack: packId } }));
  }

  /** Puts what a list leads to right behind it, or first where the walk is at it already. */
  #addBelow(upcoming: Upcoming | undefined, { nodes }: Tree): void {
    if (this.#options.isWhole === false) return;
    const below = nodes.flatMap(({ subtree }) => (subtree === undefined ? [] : [subtree]));
    const isInLine = upcoming && this.#inLine.get(upcoming.tree) === upcoming;
    this.#insertAfter(isInLine ? upcoming : this.#ends, below);
  }

  #insertAfter(place: Neighbours, trees: readonly BlobId[]): void {
    let before = place;
    for (const tree of trees) {
      if (this.#inLine.has(tree)) continue;
      const upcoming: Upcoming = { tree, bytes: 0, before, after: before.after };
      before.after.before = upcoming;
      before.after = upcoming;
      this.#inLine.set(tree, upcoming);
      this.#isLineRead = false;
      before = upcoming;
    }
  }
}
