import { MIN_CHUNK_LENGTH } from '../../repository/chunker/chunker.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { SharedIndex } from '../../repository/index/blobTable.ts';
import type { CodecPool } from '../codec/codecPool.ts';
import type { FileToStore, StoredFile, StoredFiles } from '../codec/storeFiles.ts';

/** A batch is sent when it holds this many files or bytes: small files travel together. */
const BATCH_FILES = 64;
const BATCH_BYTES = 4 * 1024 * 1024;
/** The walk rests while so many files wait: what it found is in memory. */
const MAX_WAITING_FILES = 1024;
/** No room is kept for what a file claims beyond this: sparse files may claim more than any memory can list. */
const MAX_EXPECTED_BYTES = 2 ** 40;
/** Room for trees and other blobs that the engine adds beside the files'. */
const SPARE_ENTRIES = 4096;

/** Called with what became of a file; in no order. */
export type FileDone = (stored: StoredFile) => void;

interface Batch {
  files: FileToStore[];
  done: FileDone[];
  bytes: number;
}

/** Sends files to the codec pool in batches and bounds how many are on their way. */
export class StoreQueue {
  readonly #codecs: CodecPool;
  readonly #index: BlobIndex;
  readonly #onBatch: (result: StoredFiles) => void;
  #batch: Batch = { files: [], done: [], bytes: 0 };
  #waitingFiles = 0;
  #waitingBlobs = 0;
  #sending: Promise<void> = Promise.resolve();
  readonly #running = new Set<Promise<void>>();
  #shared: SharedIndex;
  #failure: unknown;
  #onRelief: (() => void) | undefined;

  constructor(codecs: CodecPool, index: BlobIndex, onBatch: (result: StoredFiles) => void) {
    this.#codecs = codecs;
    this.#index = index;
    this.#onBatch = onBatch;
    this.#shared = index.shared;
  }

  /** Takes a file; it is read soon. */
  add(file: FileToStore, done: FileDone): void {
    this.#batch.files.push(file);
    this.#batch.done.push(done);
    this.#batch.bytes += file.size;
    this.#waitingFiles++;
    if (this.#batch.files.length >= BATCH_FILES || this.#batch.bytes >= BATCH_BYTES) this.#send();
  }

  /** Waits until there is room for more files. Throws the first failure of the pool. */
  async ready(): Promise<void> {
    this.#throwFailure();
    while (this.#waitingFiles >= MAX_WAITING_FILES) {
      await new Promise<void>((resolve) => (this.#onRelief = resolve));
      this.#throwFailure();
    }
  }

  /** Waits until every file is done. */
  async drain(): Promise<void> {
    this.#send();
    await this.#sending;
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  #send(): void {
    const batch = this.#batch;
    if (batch.files.length === 0) return;
    this.#batch = { files: [], done: [], bytes: 0 };
    this.#sending = this.#sending.then(async () => {
      await this.#makeRoom(batch);
      const task: Promise<void> = this.#store(batch).finally(() => this.#running.delete(task));
      this.#running.add(task);
    });
    this.#sending.catch((error: unknown) => this.#fail(error));
  }

  async #store(batch: Batch): Promise<void> {
    try {
      const result = this.#failure === undefined ? await this.#codecs.run('storeFiles', batch.files) : undefined;
      if (!result) return;
      this.#onBatch(result);
      batch.done.forEach((done, at) => done(result.files[at]!));
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#waitingFiles -= batch.files.length;
      this.#waitingBlobs -= blobsAtMost(batch);
      if (this.#waitingFiles < MAX_WAITING_FILES) this.#onRelief?.();
    }
  }

  /** The table that all threads share may only grow while none of them uses it. */
  async #makeRoom(batch: Batch): Promise<void> {
    const blobs = blobsAtMost(batch);
    const needed = this.#waitingBlobs + blobs + SPARE_ENTRIES;
    if (this.#index.size + needed > this.#index.capacity) {
      await Promise.all(this.#running);
      this.#index.ensureRoom(needed);
    }
    if (this.#shared !== this.#index.shared) {
      this.#shared = this.#index.shared;
      await this.#codecs.runOnEach('useIndex', this.#shared);
    }
    this.#waitingBlobs += blobs;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#onRelief?.();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** How many blobs the files of a batch can have; more, in a file that grew or is huge, are harmless. */
function blobsAtMost(batch: Batch): number {
  return batch.files.reduce(
    (sum, file) => sum + 1 + Math.ceil(Math.min(file.size, MAX_EXPECTED_BYTES) / MIN_CHUNK_LENGTH),
    0,
  );
}
