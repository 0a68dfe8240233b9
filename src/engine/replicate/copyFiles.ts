import type { Backend } from '../../backend/backend.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { allAtOnce } from '../../base/atOnce.ts';
import { errorCode, type ErrorCode } from '../../base/errors.ts';
import { freeMemory } from '../../base/freeMemory.ts';
import { Gate } from '../../base/gate.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { fileText, isAboutOneFile, isForbidden, loadProven } from './copyOne.ts';
import type { FileToCopy } from './planReplica.ts';
import { bytesOf, type CopiedType, type StoredFile } from './replicaFiles.ts';

/** Bytes of files that are in memory at the same time; a larger file is alone. */
const MEMORY = 128 * 1024 * 1024;

/** A file that is not in the replica as it should be. */
export interface ReplicaProblem {
  readonly type: CopiedType;
  readonly name: string;
  readonly code: ErrorCode;
  /** A sentence. */
  readonly message: string;
}

export interface FileCopierOptions {
  readonly source: Backend;
  readonly replica: Backend;
  /** All that may be copied, for the progress. */
  readonly total: readonly StoredFile[];
  /** Awaited before each change of the replica. */
  readonly checkLocks: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Brings files from one storage to another, each proven by its name before it is stored. */
export class FileCopier {
  readonly copied: FileToCopy[] = [];
  readonly problems: ReplicaProblem[] = [];
  readonly #options: FileCopierOptions;
  readonly #loads: Gate;
  readonly #saves: Gate;
  readonly #memory = new Gate(MEMORY);
  readonly #progress: ReturnType<typeof throttleProgress>;
  readonly #totalBytes: number;
  #items = 0;
  #bytes = 0;

  constructor(options: FileCopierOptions) {
    this.#options = options;
    this.#loads = new Gate(options.source.properties.connections);
    this.#saves = new Gate(options.replica.properties.connections);
    this.#progress = throttleProgress(options.onProgress);
    this.#totalBytes = bytesOf(options.total);
  }

  /**
   * Copies files, several at once; all are durable in the replica when this resolves, but for those that are noted as
   * problems: what cannot be read, or is damaged. Throws what the replica's storage fails with, `lock-lost`, `aborted`.
   */
  async copy(files: readonly FileToCopy[]): Promise<void> {
    const { source, replica } = this.#options;
    const lanes = source.properties.connections + replica.properties.connections;
    await allAtOnce(files, lanes, (file) => this.#memory.run(file.size, () => this.#copyOne(file)));
    this.#progress.flush();
  }

  async #copyOne(file: FileToCopy): Promise<void> {
    const { source, signal } = this.#options;
    throwIfAborted(signal);
    let bytes: Buffer;
    try {
      bytes = await this.#loads.run(1, () => loadProven(source, file, signal));
    } catch (error) {
      if (!isAboutOneFile(error)) throw error;
      // A snapshot or key that went meanwhile is no loss; a pack or an index file would be.
      const isGone = errorCode(error) === 'file-not-found' && (file.type === 'snapshot' || file.type === 'key');
      if (!isGone) this.#note(file, error, (error as Error).message);
      return;
    }
    const isStored = await this.#saves.run(1, () => this.#save(file, bytes));
    freeMemory(bytes);
    if (!isStored) return;
    this.copied.push(file);
    this.#items++;
    this.#bytes += file.size;
    this.#report();
  }

  async #save(file: FileToCopy, bytes: Buffer): Promise<boolean> {
    const { replica, checkLocks, signal } = this.#options;
    const handle = { type: file.type, name: file.name } as const;
    const options = signal ? { signal } : {};
    throwIfAborted(signal);
    await checkLocks();
    if (file.replaces !== undefined) {
      // What storage has under a name it may leave as it is.
      try {
        await replica.remove(handle, options);
      } catch (error) {
        if (!isForbidden(error)) throw error;
        const message = `The ${fileText(file)} in ${replica.location} has ${file.replaces} bytes instead of ${file.size}, and the storage forbids replacing it. Remove it there by other means, and run this again.`;
        this.#note(file, error, message);
        return false;
      }
    }
    await replica.save(handle, [bytes], options);
    return true;
  }

  #note({ type, name }: FileToCopy, error: unknown, message: string): void {
    this.problems.push({ type, name, code: errorCode(error), message });
  }

  #report(): void {
    const { total } = this.#options;
    this.#progress.report({
      phase: 'Copying files',
      items: this.#items,
      totalItems: total.length,
      bytes: this.#bytes,
      totalBytes: this.#totalBytes,
    });
  }
}
