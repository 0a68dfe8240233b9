import { freeMemory } from '../../base/freeMemory.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import { blobId } from '../../repository/hash.ts';
import type { FinishedPack, PackBuilder } from '../../repository/pack/packBuilder.ts';
import type { PackSaver } from '../../repository/pack/packSaver.ts';
import type { Session } from '../session.ts';
import { createPackBuilder } from './createPackBuilder.ts';

/** Memory for a pack of trees to begin with, in bytes: those of a saved file take less. */
const PACK_START = 128 * 1024;

/** Stores lists of folders in packs of their own, which the thread that owns the index fills. */
export class TreeWriter {
  readonly #index: Session['index'];
  readonly #saver: PackSaver;
  readonly #packs: PackBuilder;

  constructor({ repository, index }: Pick<Session, 'repository' | 'index'>, saver: PackSaver) {
    this.#index = index;
    this.#saver = saver;
    const { sealer, config, packing, zstd } = repository;
    this.#packs = createPackBuilder(
      { sealer, version: config.version, packing, zstd },
      { isCompressed: true, firstLength: PACK_START, takeBuffer: (length) => Buffer.from(new ArrayBuffer(length)) },
    );
  }

  /** Takes a list, whose memory it gives back. `packed`: the bytes that it takes in its pack, if it is new. */
  write(json: Buffer): { readonly id: BlobId; readonly packed?: number } {
    const id = blobId(json);
    const isNew = this.#index.reserve('tree', id) !== 'known';
    const added = isNew ? this.#packs.add('tree', id, json) : undefined;
    added?.finished.forEach((pack) => this.#submit(pack));
    freeMemory(json);
    return added ? { id, packed: added.packed } : { id };
  }

  /** Hands over the pack that is partly filled. */
  flush(): void {
    if (!this.#packs.isEmpty) this.#submit(this.#packs.finish());
  }

  #submit(pack: FinishedPack): void {
    void this.#saver.submit(pack).then(() => freeMemory(new Uint8Array(pack.bytes.buffer)));
  }
}
