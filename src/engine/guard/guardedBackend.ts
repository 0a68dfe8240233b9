import type {
  Backend,
  CallOptions,
  FileHandle,
  FileInfo,
  FileType,
  Leftover,
  LoadOptions,
  SaveOptions,
  StorageProperties,
} from '../../backend/backend.ts';
import type { StorageSettings } from '../../base/storageAccess.ts';
import type { RunningGuard } from './runningGuard.ts';

/** A repository in a local folder, each of whose files is guarded soon after it is durable. */
export class GuardedBackend implements Backend {
  readonly location: string;
  readonly settings: StorageSettings;
  readonly properties: StorageProperties;
  readonly #inner: Backend;
  readonly guard: RunningGuard;

  constructor(inner: Backend, guard: RunningGuard) {
    this.#inner = inner;
    this.guard = guard;
    this.location = inner.location;
    this.settings = inner.settings;
    this.properties = inner.properties;
  }

  async save(handle: FileHandle, data: readonly Uint8Array[], options?: SaveOptions): Promise<void> {
    await this.#inner.save(handle, data, options);
    // The guard has a second name of the file that was there.
    if (options?.replaces) this.guard.removed(handle);
    this.guard.added(handle);
  }

  async remove(handle: FileHandle, options?: CallOptions): Promise<void> {
    await this.#inner.remove(handle, options);
    this.guard.removed(handle);
  }

  /** What was stored and removed is guarded already; what others did is, too, when this resolves. */
  async close(): Promise<void> {
    await this.guard.keepUp();
    await this.#inner.close();
  }

  create(options?: CallOptions): Promise<void> {
    return this.#inner.create(options);
  }

  load(handle: FileHandle, options?: LoadOptions): Promise<Buffer> {
    return this.#inner.load(handle, options);
  }

  stat(handle: FileHandle, options?: CallOptions): Promise<FileInfo> {
    return this.#inner.stat(handle, options);
  }

  list(type: Exclude<FileType, 'config'>, options?: CallOptions): Promise<FileInfo[]> {
    return this.#inner.list(type, options);
  }

  leftovers(options?: CallOptions): Promise<Leftover[]> {
    return this.#inner.leftovers(options);
  }

  removeLeftover(leftover: Leftover, options?: CallOptions): Promise<void> {
    return this.#inner.removeLeftover(leftover, options);
  }
}
