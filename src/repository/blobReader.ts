import { CairnError, errorCode, strikesEveryCall } from '../base/errors.ts';
import type { BlobId, BlobType, PackId } from './format/ids.ts';
import type { Tree } from './format/node.ts';
import { parseTree } from './format/tree.ts';
import type { BlobIndex, BlobLocation } from './index/blobIndex.ts';
import { refreshIndex } from './index/loadIndex.ts';
import { checkBlobLength, openBlob, type BlobFacts } from './pack/openBlob.ts';
import { PackWindows } from './pack/packWindows.ts';
import type { Repository } from './repository.ts';

/** After a blob was missing, so long passes before the index files are looked at again. Milliseconds. */
const REFRESH_INTERVAL = 1000;

/** Reads blobs by id, in the thread that owns the index. */
export class BlobReader {
  #refreshedAt = -Infinity;
  readonly #repository: Repository;
  readonly #index: BlobIndex;
  readonly #refresh: () => Promise<boolean>;
  readonly #windows: PackWindows;

  /** @param refresh how to bring the index up to date; as {@link refreshIndex}. */
  constructor(repository: Repository, index: BlobIndex, refresh = () => refreshIndex(repository, index)) {
    this.#repository = repository;
    this.#index = index;
    this.#refresh = refresh;
    this.#windows = new PackWindows(repository.backend);
  }

  /**
   * The plain content of a blob, proven by its hash. Each place where it lies is tried in turn, twice where a cache
   * may have spoilt it.
   * Throws `blob-missing` if no index lists it, `repository-unsupported` for one of an impossible length, else what the
   * last place failed with.
   */
  async load(type: BlobType, id: BlobId): Promise<Buffer> {
    let known = this.#index.locations(type, id);
    if (known.length === 0) known = await this.#locateAgain(type, id);
    let failure: unknown;
    for (let at = 0; at < known.length; at++) {
      const { packId, length, uncompressedLength } = known[at]!;
      const blob = { type, id, uncompressedLength };
      try {
        checkBlobLength(blob, length);
        return await this.#readBlob(blob, known[at]!);
      } catch (error) {
        // Where the storage is away, it was asked for long enough.
        if (errorCode(error) === 'aborted' || strikesEveryCall(error)) throw error;
        failure = errorCode(error) === 'blob-damaged' ? this.#damaged(type, id, packId, error) : error;
        // Without a lock, somebody may have moved what the pack held to another one; that comes after the known.
        const isLast = at === known.length - 1;
        if (isLast && errorCode(error) === 'file-not-found') known = await this.#locateAgain(type, id, true);
      }
    }
    throw failure ?? this.#missing(type, id);
  }

  async #readBlob(blob: BlobFacts, location: BlobLocation): Promise<Buffer> {
    try {
      return openBlob(await this.#read(blob.type, location), blob, this.#repository);
    } catch (error) {
      const mayBeOurs = blob.type === 'tree' && this.#repository.backend.properties.isFar;
      if (!mayBeOurs || errorCode(error) !== 'blob-damaged') throw error;
      const { packId, offset, length } = location;
      const anew = await this.#windows.readAnew(packId, offset, length, this.#index.packEnd(packId));
      return openBlob(anew, blob, this.#repository);
    }
  }

  #read(type: BlobType, { packId, offset, length }: BlobLocation): Promise<Uint8Array> {
    // Folders that are read one after the other lie beside each other; contents seldom are.
    if (type === 'tree') return this.#windows.read(packId, offset, length, this.#index.packEnd(packId));
    return this.#repository.backend.load({ type: 'pack', name: packId }, { offset, length });
  }

  /** Looks for index files that came after ours before it takes a blob for missing. */
  async #locateAgain(type: BlobType, id: BlobId, isSurelyStale = false): Promise<BlobLocation[]> {
    if (isSurelyStale || performance.now() - this.#refreshedAt >= REFRESH_INTERVAL) {
      this.#refreshedAt = performance.now();
      await this.#refresh();
    }
    return this.#index.locations(type, id);
  }

  /** The nodes of a folder. Throws as {@link load}, and `repository-damaged` for what is not a tree. */
  async loadTree(id: BlobId): Promise<Tree> {
    return parseTree(await this.load('tree', id), id);
  }

  #missing(type: BlobType, id: BlobId): CairnError {
    const message = `The ${nameOf(type, id)} is missing from ${this.#repository.backend.location}. "cairn verify" shows what else is.`;
    return new CairnError('blob-missing', message, { details: { type, id } });
  }

  #damaged(type: BlobType, id: BlobId, packId: PackId, cause: unknown): CairnError {
    const place = `the pack ${packId.slice(0, 8)} of ${this.#repository.backend.location}`;
    const message = `The ${nameOf(type, id)} in ${place} is damaged. "cairn verify" shows what that affects.`;
    return new CairnError('blob-damaged', message, { cause, details: { type, id, packId } });
  }
}

function nameOf(type: BlobType, id: BlobId): string {
  return `${type === 'tree' ? 'folder' : 'file'} content ${id.slice(0, 8)}`;
}
