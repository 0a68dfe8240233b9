/** The kinds of files in a repository (format notes, section 1). */
export type FileType = 'config' | 'key' | 'lock' | 'snapshot' | 'index' | 'pack';

/**
 * Bytes that a file of each type may have, or a part of it that is read, sealed or not and compressed or not: a
 * repository may be made to exhaust memory. restic keeps index files below some 8 MiB; of packs it is what one read
 * call takes on all systems.
 */
export const MAX_FILE_LENGTHS: Readonly<Record<FileType, number>> = {
  config: 64 * 1024,
  key: 64 * 1024,
  lock: 64 * 1024,
  snapshot: 64 * 1024 * 1024,
  index: 512 * 1024 * 1024,
  pack: 2 ** 31 - 1,
};

/** Names one file of a repository. `name` is 64 hex digits, and empty for `config`. */
export interface FileHandle {
  readonly type: FileType;
  readonly name: string;
}

export interface FileInfo {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was stored, in milliseconds since 1970 by the clock of the storage. Absent where that is not known. */
  readonly modified?: number;
}

/** A file in the folder of a type that stands for nothing there: a part of one that was to be stored, or an empty one. */
export interface Leftover {
  readonly type: FileType;
  /** Its place below that of the repository, with `/` between the parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** A part of a file. Bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where the bytes of one repository rest. It knows files and nothing of their content. Behaviour
 * such as retry, limits, caching or faults for tests is another implementation around this one.
 *
 * Only `file-not-found` says that something is not there, and `target-unavailable` with the reason `folder-missing`
 * or `place-missing` that the whole repository is not; all else says that nobody knows.
 *
 * Failures are `CairnError`s: `file-not-found`, `disk-full`, `permission-denied`, `read-only` and
 * `target-unavailable` are final; anything else may be retried by a wrapper.
 */
export interface Backend {
  /** For people: a path or URL without credentials. */
  readonly location: string;

  /** What `openBackend` takes to open the same place in another thread. May hold credentials: never shown. */
  readonly address: string;

  /** Makes the folders of an empty repository. Harmless when they exist. */
  create(): Promise<void>;

  /**
   * Stores a file. When it resolves, the file is complete and durable under its name; when it
   * rejects or the process dies, no file of that name exists (unless it did before). A file of the
   * same name is replaced, but never a `config`, without which all else is lost: that throws `repository-exists`.
   * @param data the content, in parts to be written one after the other; not kept after the call.
   * @param onTaken may be called once `data` is not needed any more, before the file is durable.
   */
  save(handle: FileHandle, data: readonly Uint8Array[], onTaken?: () => void): Promise<void>;

  /**
   * Reads a file, or `length` bytes from `offset`. A range that reaches beyond the end is an error.
   * Throws `file-not-found`.
   * @param room may be used for the answer if that fits, in place of new memory
   */
  load(handle: FileHandle, range?: ByteRange, room?: Buffer): Promise<Buffer>;

  /** Throws `file-not-found`. */
  stat(handle: FileHandle): Promise<FileInfo>;

  /** Removes a file for good. Throws `file-not-found`. */
  remove(handle: FileHandle): Promise<void>;

  /** All files of a type, in no order. Entries whose name is not 64 hex digits are left out. */
  list(type: Exclude<FileType, 'config'>): Promise<FileInfo[]>;

  /**
   * What writers leave that are cut off, in no order. The same is there for a moment while a file is stored. Empty
   * where the storage itself sees to it.
   */
  leftovers(): Promise<Leftover[]>;

  /** Removes what `leftovers` found. Harmless if it is gone. */
  removeLeftover(leftover: Leftover): Promise<void>;

  /** Gives back connections and descriptors. The backend is of no use afterwards. */
  close(): Promise<void>;
}
