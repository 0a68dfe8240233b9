import { CairnError, errorCode } from '../base/errors.ts';
import type { BlobId, BlobType } from './format/ids.ts';
import type { Tree } from './format/node.ts';
import { parseTree } from './format/tree.ts';
import type { BlobIndex, BlobLocation } from './index/blobIndex.ts';
import { refreshIndex } from './index/loadIndex.ts';
import { openBlob } from './pack/openBlob.ts';
import type { Repository } from './repository.ts';

/** After a blob was missing, so long passes before the index files are looked at again. Milliseconds. */
const REFRESH_INTERVAL = 1000;

/** Reads blobs by id, in the thread that owns the index. */
export class BlobReader {
  #refreshedAt = -Infinity;
  readonly #repository: Repository;
  readonly #index: BlobIndex;

  constructor(repository: Repository, index: BlobIndex) {
    this.#repository = repository;
    this.#index = index;
  }

  /**
   * The plain content of a blob, proven by its hash. Each place where it lies is tried in turn.
   * Throws `blob-missing` if no index lists it, else what the last place failed with.
   */
  async load(type: BlobType, id: BlobId): Promise<Buffer> {
    let failure: unknown = new CairnError(
      'blob-missing',
      `The ${type === 'tree' ? 'folder' : 'file'} content ${id.slice(0, 8)} is missing from ${this.#repository.backend.location}.`,
      { details: { type, id } },
    );
    for (const { packId, offset, length, uncompressedLength } of await this.#locate(type, id)) {
      try {
        const sealed = await this.#repository.backend.load({ type: 'pack', name: packId }, { offset, length });
        return openBlob(sealed, id, uncompressedLength, this.#repository);
      } catch (error) {
        if (errorCode(error) === 'aborted') throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Looks for index files that came after ours before it takes a blob for missing. */
  async #locate(type: BlobType, id: BlobId): Promise<BlobLocation[]> {
    const known = this.#index.locations(type, id);
    if (known.length > 0 || performance.now() - this.#refreshedAt < REFRESH_INTERVAL) return known;
    this.#refreshedAt = performance.now();
    return (await refreshIndex(this.#repository, this.#index)) ? this.#index.locations(type, id) : known;
  }

  /** The nodes of a folder. Throws as {@link load}, and `repository-damaged` for what is not a tree. */
  async loadTree(id: BlobId): Promise<Tree> {
    return parseTree(await this.load('tree', id), id);
  }
}
