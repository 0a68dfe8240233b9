import type { StorageSettings } from '../../src/base/storageAccess.ts';
import type {
  Backend,
  CallOptions,
  SaveOptions,
  FileHandle,
  FileInfo,
  FileType,
  Leftover,
  LoadOptions,
  StorageProperties,
} from '../../src/backend/backend.ts';

type Operation = 'create' | 'save' | 'load' | 'stat' | 'remove' | 'list' | 'leftovers' | 'removeLeftover';

/** What goes wrong, and at which call. */
export interface Fault {
  readonly operation: Operation;
  /** Only calls for this type count. Default: all. */
  readonly type?: FileType;
  /** The first of the counted calls that is struck, from 1. Default: the next. */
  readonly call?: number;
  /** How many calls in a row are struck. Default 1. */
  readonly times?: number;
  /** Throws instead of doing it. */
  readonly fail?: Error;
  /** Does it, and throws all the same, as when an answer gets lost. */
  readonly failAfter?: Error;
  /** Waits before doing it: milliseconds, or until the promise is fulfilled. */
  readonly delay?: number | Promise<unknown>;
  /** `save` stores, and `load` returns, only that many bytes. */
  readonly truncateTo?: number;
  /** `save` stores, and `load` returns, the content with the bits of this byte flipped. */
  readonly corruptAt?: number;
}

/** Another backend that goes wrong on demand, and notes what was called. */
export class FaultyBackend implements Backend {
  readonly location: string;
  readonly settings: StorageSettings;
  readonly properties: StorageProperties;

  /** One line a call that came through, in order of their beginning: `save index 0123abcd…`. */
  readonly calls: string[] = [];

  readonly #inner: Backend;
  readonly #faults: { fault: Fault; seen: number }[] = [];

  constructor(inner: Backend) {
    this.#inner = inner;
    this.location = inner.location;
    this.settings = inner.settings;
    this.properties = inner.properties;
  }

  /** Arms a fault; its calls are counted from now. Several may be armed. */
  inject(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  /** Disarms all faults. */
  heal(): void {
    this.#faults.length = 0;
  }

  create(): Promise<void> {
    return this.#run('create', undefined, '', () => this.#inner.create());
  }

  save(handle: FileHandle, data: readonly Uint8Array[], options?: SaveOptions): Promise<void> {
    return this.#run('save', handle.type, handle.name, (fault) =>
      this.#inner.save(handle, fault ? [spoil(Buffer.concat(data), fault)] : data, options),
    );
  }

  load(handle: FileHandle, options?: LoadOptions): Promise<Buffer> {
    return this.#run('load', handle.type, handle.name, async (fault) => {
      const content = await this.#inner.load(handle, options);
      return fault ? spoil(content, fault) : content;
    });
  }

  stat(handle: FileHandle, options?: CallOptions): Promise<FileInfo> {
    return this.#run('stat', handle.type, handle.name, () => this.#inner.stat(handle, options));
  }

  remove(handle: FileHandle, options?: CallOptions): Promise<void> {
    return this.#run('remove', handle.type, handle.name, () => this.#inner.remove(handle, options));
  }

  list(type: Exclude<FileType, 'config'>, options?: CallOptions): Promise<FileInfo[]> {
    return this.#run('list', type, '', () => this.#inner.list(type, options));
  }

  leftovers(): Promise<Leftover[]> {
    return this.#run('leftovers', undefined, '', () => this.#inner.leftovers());
  }

  removeLeftover(leftover: Leftover): Promise<void> {
    return this.#run('removeLeftover', leftover.type, '', () => this.#inner.removeLeftover(leftover));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #run<T>(
    operation: Operation,
    type: FileType | undefined,
    name: string,
    call: (fault: Fault | undefined) => Promise<T>,
  ): Promise<T> {
    this.calls.push([operation, type, name].filter(Boolean).join(' '));
    const fault = this.#strike(operation, type);
    if (fault?.delay !== undefined) await wait(fault.delay);
    if (fault?.fail) throw fault.fail;
    const result = await call(fault);
    if (fault?.failAfter) throw fault.failAfter;
    return result;
  }

  #strike(operation: Operation, type: FileType | undefined): Fault | undefined {
    let struck: Fault | undefined;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (fault.operation !== operation || (fault.type !== undefined && fault.type !== type)) continue;
      const first = fault.call ?? 1;
      entry.seen++;
      if (entry.seen >= first && entry.seen < first + (fault.times ?? 1)) struck ??= fault;
    }
    return struck;
  }
}

function spoil(content: Buffer, fault: Fault): Buffer {
  const result = Buffer.from(content.subarray(0, fault.truncateTo));
  const at = fault.corruptAt;
  if (at !== undefined && at < result.length) result[at] = result[at]! ^ 0xff;
  return result;
}

function wait(delay: number | Promise<unknown>): Promise<unknown> {
  return typeof delay === 'number' ? new Promise((resolve) => setTimeout(resolve, delay)) : delay;
}
