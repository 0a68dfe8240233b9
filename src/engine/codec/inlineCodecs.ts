import { BlobTable, type SharedIndex } from '../../repository/index/blobTable.ts';
import type { FinishedPack } from '../../repository/pack/packBuilder.ts';
import { createCodecContext, type CodecContext } from './codecContext.ts';
import { codecJobHandlers, type CodecJobs } from './codecJobs.ts';
import type { CodecJobName, CodecPool, OpenCodecs, PackListener } from './codecPool.ts';
import type { CodecSetup } from './codecSetup.ts';
import { GIVEN_BACK } from './readChunks.ts';
import { storeFiles, type FileToStore, type StoredFile, type StoredFiles } from './storeFiles.ts';

/** More files or bytes than that are worth the start of threads. */
const MAX_INLINE_FILES = 128;
const MAX_INLINE_BYTES = 8 * 1024 * 1024;
/** So long may the calling thread hear of nothing else. Milliseconds. */
const MAX_INLINE_MS = 400;

/**
 * Codecs for backups that are small most of the time: files are stored in the calling thread, and only
 * when they come to many files or bytes, or take long, are threads started, which store the rest. What the calling
 * thread needs for that (zstd's contexts, the chunker, memory for a pack) is kept from one backup to
 * the next; nothing else outlives `close`. All other jobs are for threads. After `maxMs` milliseconds of a job
 * the threads get the rest of it.
 */
export function openInlineCodecs(openThreads: OpenCodecs, maxMs = MAX_INLINE_MS): OpenCodecs {
  let idle: InlineContext | undefined;
  return (setup, onPack) => {
    const context = idle?.fits(setup) ? idle : new InlineContext(setup, maxMs);
    idle = undefined;
    return new InlineCodecs(setup, onPack, context, openThreads, () => {
      // A backup that failed may leave blobs behind that nobody wants in the next one's packs.
      if (context.isClean) idle = context;
    });
  };
}

/** A codec context in the calling thread, and the packs that come out of it. */
class InlineContext {
  readonly codec: CodecContext;
  onPack: PackListener = async () => {};
  isInterrupted = false;
  readonly #maxMs: number;
  /** When the job at hand has had its time, by `performance.now()`. */
  #timeUpAt = Infinity;
  #spare: ArrayBuffer | undefined;

  constructor(setup: CodecSetup, maxMs: number) {
    this.#maxMs = maxMs;
    this.codec = createCodecContext(setup, {
      takeBuffer: (length) => this.#takeBuffer(length),
      give: (pack) => void this.#give(pack),
      isInterrupted: () => this.isInterrupted,
      isTimeUp: () => performance.now() >= this.#timeUpAt,
    });
  }

  startClock(): void {
    this.#timeUpAt = performance.now() + this.#maxMs;
  }

  get isClean(): boolean {
    return this.codec.dataPacks.isEmpty && this.codec.treePacks.isEmpty;
  }

  /** True if it was made for the same repository. */
  fits({ storage, masterKey }: CodecSetup): boolean {
    return this.codec.setup.storage === storage && this.codec.setup.masterKey === masterKey;
  }

  #takeBuffer(length: number): Buffer {
    const spare = this.#spare;
    this.#spare = undefined;
    return Buffer.from(spare && spare.byteLength >= length ? spare : new ArrayBuffer(length));
  }

  async #give(pack: FinishedPack): Promise<void> {
    await this.onPack(pack);
    this.#spare = pack.bytes.buffer as ArrayBuffer;
  }
}

class InlineCodecs implements CodecPool {
  readonly #setup: CodecSetup;
  readonly #onPack: PackListener;
  readonly #context: InlineContext;
  readonly #openThreads: OpenCodecs;
  readonly #onClose: () => void;
  #index: SharedIndex;
  #threads: CodecPool | undefined;
  #files = 0;
  #bytes = 0;

  constructor(
    setup: CodecSetup,
    onPack: PackListener,
    context: InlineContext,
    openThreads: OpenCodecs,
    onClose: () => void,
  ) {
    this.#setup = setup;
    this.#onPack = onPack;
    this.#context = context;
    this.#openThreads = openThreads;
    this.#onClose = onClose;
    this.#index = setup.index;
    context.onPack = onPack;
    context.isInterrupted = false;
    context.codec.table = new BlobTable(setup.index);
  }

  get size(): number {
    return this.#threads?.size ?? 1;
  }

  async run<K extends CodecJobName>(job: K, params: CodecJobs[K]['params']): Promise<CodecJobs[K]['result']> {
    const files = job === 'storeFiles' ? (params as readonly FileToStore[]) : undefined;
    if (!files || !this.#countFiles(files)) return this.#useThreads().run(job, params);
    return this.#storeFiles(files);
  }

  async runOnEach<K extends CodecJobName>(job: K, params: CodecJobs[K]['params']): Promise<CodecJobs[K]['result'][]> {
    if (job === 'useIndex') this.#index = params as SharedIndex;
    const own = await codecJobHandlers[job](this.#context.codec, params);
    return [own, ...((await this.#threads?.runOnEach(job, params)) ?? [])];
  }

  interrupt(): void {
    this.#context.isInterrupted = true;
    this.#threads?.interrupt();
  }

  async close(): Promise<void> {
    await this.#threads?.close();
    this.#onClose();
  }

  /** A file that delivers slowly or without end must not keep the calling thread. */
  async #storeFiles(files: readonly FileToStore[]): Promise<StoredFiles> {
    this.#context.startClock();
    const here = storeFiles(this.#context.codec, files);
    const isLeft = (stored: StoredFile) => 'failure' in stored && stored.failure === GIVEN_BACK;
    const left = files.filter((_, at) => isLeft(here.files[at]!));
    if (left.length === 0) return here;
    const there = await this.#useThreads().run('storeFiles', left);
    const rest = there.files.values();
    return {
      files: here.files.map((stored) => (isLeft(stored) ? rest.next().value! : stored)),
      blobs: here.blobs + there.blobs,
      bytes: here.bytes + there.bytes,
      packed: here.packed + there.packed,
    };
  }

  /** True while the files of this backup, these included, are few and small. */
  #countFiles(files: readonly FileToStore[]): boolean {
    this.#files += files.length;
    for (const { size } of files) this.#bytes += size;
    return !this.#threads && this.#files <= MAX_INLINE_FILES && this.#bytes <= MAX_INLINE_BYTES;
  }

  #useThreads(): CodecPool {
    this.#threads ??= this.#openThreads({ ...this.#setup, index: this.#index }, this.#onPack);
    if (this.#context.isInterrupted) this.#threads.interrupt();
    return this.#threads;
  }
}
