import type { Backend } from '../../backend/backend.ts';
import type { IndexId } from '../format/ids.ts';
import { indexedPackToJson, indexFileToJson, type IndexedPack } from '../format/indexFile.ts';
import { parsePackHeader } from '../format/pack.ts';
import type { BlobIndex } from '../index/blobIndex.ts';
import type { FinishedPack } from './packBuilder.ts';

/**
 * An index file is written when this many blobs wait for one, or after a time (format notes 5). Half of
 * restic's: to make the file takes some 500 bytes of memory a blob.
 */
export const FULL_INDEX_BLOBS = 25_000;
const MAX_PENDING_MS = 10 * 60 * 1000;

/** What the saver needs of a repository. */
export interface PackStore {
  readonly backend: Backend;
  writeFile(type: 'index', json: string): Promise<IndexId>;
}

export interface PackSaverOptions {
  /** Called before each write; throws when writing is not allowed any more (a lost lock). */
  readonly checkLock?: () => Promise<void>;
  /** Pretend: nothing is written, everything is counted. */
  readonly dryRun?: boolean;
}

/**
 * Stores finished packs and the index files that name them, in the order that makes them durable:
 * a pack is listed only once it is stored. Saving goes on in the background; a failure is thrown by
 * the next call. The owner must `flush` at the end, before it writes a snapshot.
 */
export class PackSaver {
  readonly #store: PackStore;
  readonly #index: BlobIndex;
  readonly #options: PackSaverOptions;
  readonly #saving = new Set<Promise<void>>();
  /** The last task of each lane; the next pack queues behind the oldest. */
  readonly #turns: Promise<void>[];
  #pending: string[] = [];
  #pendingBlobs = 0;
  #pendingSince = 0;
  #indexWrites = Promise.resolve();
  #failure: unknown;
  /** Bytes of pack files stored. */
  bytesWritten = 0;

  constructor(store: PackStore, index: BlobIndex, options: PackSaverOptions = {}) {
    this.#store = store;
    this.#index = index;
    this.#options = options;
    this.#turns = Array.from({ length: store.backend.properties.connections }, () => Promise.resolve());
  }

  /**
   * Takes a pack. Resolves when its bytes are no longer needed; whether storing it fails, `throwIfFailed`
   * and `flush` tell.
   */
  submit(pack: FinishedPack): Promise<void> {
    const { promise: taken, resolve: onTaken } = Promise.withResolvers<void>();
    const task: Promise<void> = this.#saveInTurn(pack, onTaken)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#saving.delete(task);
        onTaken();
      });
    this.#saving.add(task);
    return taken;
  }

  /** Waits until few packs are on their way; the maker of packs calls it between two of them. */
  async ready(): Promise<void> {
    while (this.#saving.size > this.#turns.length) await Promise.race(this.#saving);
    this.throwIfFailed();
  }

  /** Throws the first failure to store something. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits for all packs and writes the index file for those that have none. */
  async flush(): Promise<void> {
    while (this.#saving.size > 0) await Promise.all(this.#saving);
    this.throwIfFailed();
    this.#startIndexFile();
    await this.#indexWrites;
    this.throwIfFailed();
  }

  async #saveInTurn(pack: FinishedPack, onTaken: () => void): Promise<void> {
    const before = this.#turns.shift();
    const turn = before ? before.then(() => this.#save(pack, onTaken)) : this.#save(pack, onTaken);
    this.#turns.push(turn.catch(() => {}));
    return turn;
  }

  async #save(pack: FinishedPack, onTaken: () => void): Promise<void> {
    this.throwIfFailed();
    const { length } = pack.bytes;
    if (!this.#options.dryRun) {
      await this.#options.checkLock?.();
      await this.#store.backend.save({ type: 'pack', name: pack.id }, [pack.bytes], { onTaken });
    }
    const indexed: IndexedPack = { id: pack.id, blobs: parsePackHeader(pack.header) };
    this.bytesWritten += length;
    if (this.#options.dryRun) return;
    this.#index.addPack(indexed.id, indexed.blobs);
    if (this.#pending.length === 0) this.#pendingSince = Date.now();
    this.#pending.push(indexedPackToJson(indexed));
    this.#pendingBlobs += indexed.blobs.length;
    const due = this.#pendingBlobs >= FULL_INDEX_BLOBS || Date.now() - this.#pendingSince >= MAX_PENDING_MS;
    if (due) this.#startIndexFile();
  }

  #startIndexFile(): void {
    if (this.#pending.length === 0) return;
    const json = indexFileToJson(this.#pending);
    this.#pending = [];
    this.#pendingBlobs = 0;
    this.#indexWrites = this.#indexWrites
      .then(async () => {
        await this.#options.checkLock?.();
        this.#index.files.add(await this.#store.writeFile('index', json));
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      });
  }
}
