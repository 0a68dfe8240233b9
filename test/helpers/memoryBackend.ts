import { throwIfAborted } from '../../src/base/abort.ts';
import type {
  Backend,
  CallOptions,
  FileHandle,
  FileInfo,
  FileType,
  Leftover,
  LoadOptions,
} from '../../src/backend/backend.ts';
import { plainAccess } from '../../src/base/storageAccess.ts';
import { CairnError } from '../../src/base/errors.ts';
import { relativePath } from '../../src/backend/layout.ts';

/** A repository in memory, for tests that are not about disks. Passes the suite of all backends. */
export class MemoryBackend implements Backend {
  readonly location = 'memory';
  readonly settings = {
    location: { kind: 'unusable', scheme: 'memory', problem: 'It is in memory.' },
    access: plainAccess,
  } as const;
  readonly properties = { connections: 2, isFar: false, cheapGap: 0 };

  /** Content by path below the repository, `data/ab/ab…`. Tests may read, damage and remove it. */
  readonly files = new Map<string, Buffer>();

  async create(): Promise<void> {}

  async save(handle: FileHandle, data: readonly Uint8Array[], { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const path = relativePath(handle);
    if (handle.type === 'config' && this.files.has(path)) {
      throw new CairnError('repository-exists', 'There is a repository in memory already.');
    }
    this.files.set(path, Buffer.concat(data));
  }

  async load(handle: FileHandle, options: LoadOptions = {}): Promise<Buffer> {
    throwIfAborted(options.signal);
    const content = this.#get(handle);
    const { offset = 0, length = content.length - offset } = options;
    if (!(offset >= 0 && length >= 0 && offset + length <= content.length)) {
      throw new CairnError('repository-damaged', `${relativePath(handle)} has only ${content.length} bytes.`);
    }
    const copy = Buffer.allocUnsafeSlow(length);
    content.copy(copy, 0, offset, offset + length);
    return copy;
  }

  async stat(handle: FileHandle, { signal }: CallOptions = {}): Promise<FileInfo> {
    throwIfAborted(signal);
    return { name: handle.name, size: this.#get(handle).length };
  }

  async remove(handle: FileHandle, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    this.files.delete(relativePath(handle));
  }

  async list(type: Exclude<FileType, 'config'>, { signal }: CallOptions = {}): Promise<FileInfo[]> {
    throwIfAborted(signal);
    const folder = relativePath({ type, name: '0'.repeat(64) }).split('/')[0]!;
    return [...this.files]
      .filter(([path]) => path.startsWith(`${folder}/`))
      .map(([path, content]) => ({ name: path.slice(-64), size: content.length }));
  }

  async leftovers(): Promise<Leftover[]> {
    return [];
  }

  async removeLeftover(): Promise<void> {}

  async close(): Promise<void> {}

  #get(handle: FileHandle): Buffer {
    const path = relativePath(handle);
    const content = this.files.get(path);
    if (!content) throw new CairnError('file-not-found', `${path} is not in the repository in memory.`);
    return content;
  }
}
