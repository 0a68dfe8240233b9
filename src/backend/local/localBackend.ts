/**
 * A repository in a folder, laid out as restic does it (format notes 1 and 12.1): `config`, `keys`,
 * `locks`, `snapshots`, `index`, and packs in `data/<first two digits>`. Files appear complete and
 * durable under their names or not at all; what an interrupted run leaves is a file `<name>-tmp-…`,
 * which every reader ignores.
 *
 * No descriptor stays open between calls: it would save 3 µs of a read and keep a drive from being
 * ejected and the space of removed packs from being freed.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  MAX_FILE_LENGTHS,
  type Backend,
  type CallOptions,
  type FileHandle,
  type FileInfo,
  type FileType,
  type Leftover,
  type LoadOptions,
  type SaveOptions,
  type StorageProperties,
} from '../backend.ts';
import { plainAccess, type StorageSettings } from '../../base/storageAccess.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { errorCode } from '../../base/errors.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { createFolder, isFolder, makeFolder, syncFolder, writeDurably } from '../../disk/durableWrite.ts';
import {
  allFolders,
  folderOf,
  isFileName,
  isTemporaryName,
  packFolders,
  relativePath,
  writtenFolders,
} from '../layout.ts';
import {
  configExists,
  fileDamaged,
  fileNotFound,
  folderMissing,
  localError,
  repositoryMissing,
  type LocalAction,
} from './localErrors.ts';

const privateModes = { folder: 0o700, file: 0o600 };
const groupModes = { folder: 0o770, file: 0o660 };

export class LocalBackend implements Backend {
  readonly location: string;
  readonly settings: StorageSettings;
  readonly properties: StorageProperties = { connections: 2, isFar: false, cheapGap: 128 * 1024 };
  readonly #folder: string;

  /** @param folder absolute; bytes that are not UTF-8 as in `base/rawName.ts`. Need not exist yet. */
  constructor(folder: string) {
    this.#folder = folder;
    this.location = displayPath(folder);
    this.settings = { location: { kind: 'local', folder }, access: plainAccess };
  }

  async create({ signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    try {
      const mode = this.#modes().folder;
      await makeFolder(this.#folder, mode);
      for (const folder of allFolders()) createFolder(join(this.#folder, folder), mode);
      await syncFolder(join(this.#folder, folderOf('pack')));
      await syncFolder(this.#folder);
    } catch (error) {
      throw localError(error, 'write', 'The folder layout', this.location);
    }
  }

  async save(handle: FileHandle, data: readonly Uint8Array[], options: SaveOptions = {}): Promise<void> {
    const { onTaken, signal, replaces = false } = options;
    throwIfAborted(signal);
    const file = relativePath(handle);
    const path = join(this.#folder, file);
    const canReplace = replaces || handle.type !== 'config';
    let isTaken = false;
    const take = (): void => {
      isTaken = true;
      onTaken?.();
    };
    try {
      const modes = this.#modes();
      try {
        await writeDurably(path, data, { mode: modes.file, canReplace, onTaken: take });
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || isTaken) throw error;
        this.#checkPresent();
        await makeFolder(dirname(path), modes.folder);
        await writeDurably(path, data, { mode: modes.file, canReplace, onTaken: take });
      }
    } catch (error) {
      if (!canReplace && systemCode(error) === 'EEXIST') throw configExists(this.location, error);
      throw this.#explain(error, 'write', file);
    }
  }

  async load(handle: FileHandle, options: LoadOptions = {}): Promise<Buffer> {
    throwIfAborted(options.signal);
    const file = relativePath(handle);
    try {
      // Without O_NONBLOCK a named pipe in the place of a file would hold up the thread for ever.
      const descriptor = openSync(toFsPath(join(this.#folder, file)), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        return this.#read(descriptor, handle, options);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw this.#explain(error, 'read', file);
    }
  }

  async stat(handle: FileHandle, { signal }: CallOptions = {}): Promise<FileInfo> {
    throwIfAborted(signal);
    const file = relativePath(handle);
    try {
      const stats = statSync(toFsPath(join(this.#folder, file)));
      if (!stats.isFile()) throw fileDamaged('it is not a regular file', file, this.location);
      return { name: handle.name, size: stats.size, modified: stats.mtimeMs };
    } catch (error) {
      throw this.#explain(error, 'read', file);
    }
  }

  async remove(handle: FileHandle, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const file = relativePath(handle);
    const path = join(this.#folder, file);
    try {
      // restic once set the read-only bit on Windows, where it hinders removal.
      if (process.platform === 'win32') chmodSync(toFsPath(path), 0o666);
      unlinkSync(toFsPath(path));
      // What refers to packs must be gone for good before they are; packs and locks may reappear.
      if (handle.type !== 'pack' && handle.type !== 'lock') await syncFolder(dirname(path));
    } catch (error) {
      const explained = this.#explain(error, 'remove', file);
      if (errorCode(explained) !== 'file-not-found') throw explained;
    }
  }

  async list(type: Exclude<FileType, 'config'>, { signal }: CallOptions = {}): Promise<FileInfo[]> {
    throwIfAborted(signal);
    const folder = folderOf(type);
    try {
      if (type !== 'pack') return this.#listFolder(folder, '');
      const packs: FileInfo[] = [];
      const giveWay = createGiveWay(signal);
      for (const prefix of packFolders) {
        packs.push(...this.#listFolder(`${folder}/${prefix}`, prefix));
        await giveWay();
      }
      return packs;
    } catch (error) {
      throw this.#explain(error, 'list', folder);
    }
  }

  async leftovers({ signal }: CallOptions = {}): Promise<Leftover[]> {
    throwIfAborted(signal);
    const found: Leftover[] = [];
    for (const [type, folder] of writtenFolders()) {
      try {
        found.push(...this.#leftoversIn(type, folder));
      } catch (error) {
        throw this.#explain(error, 'list', folder || '.');
      }
    }
    return found;
  }

  async removeLeftover({ path }: Leftover, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    try {
      unlinkSync(toFsPath(join(this.#folder, path)));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw this.#explain(error, 'remove', path);
    }
  }

  async close(): Promise<void> {}

  #leftoversIn(type: FileType, folder: string): Leftover[] {
    const found: Leftover[] = [];
    for (const name of readNames(join(this.#folder, folder)) ?? this.#missingFolder()) {
      // restic left empty locks behind when a disk was full, and everyone passes over them.
      const mayBeEmptyLock = type === 'lock' && isFileName(name);
      if (!isTemporaryName(name) && !mayBeEmptyLock) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      const stats = statSync(toFsPath(join(this.#folder, path)), { throwIfNoEntry: false });
      if (!stats?.isFile() || (mayBeEmptyLock && stats.size > 0)) continue;
      found.push({ type, path, size: stats.size, modified: stats.mtimeMs });
    }
    return found;
  }

  #read(descriptor: number, handle: FileHandle, { room, ...range }: LoadOptions): Buffer {
    const file = relativePath(handle);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw fileDamaged('it is not a regular file', file, this.location);
    const { offset = 0, length = stats.size - offset } = range;
    if (!(offset >= 0 && length >= 0 && offset + length <= stats.size)) {
      throw fileDamaged(`bytes ${offset} to ${offset + length} are wanted of ${stats.size}`, file, this.location);
    }
    const longest = MAX_FILE_LENGTHS[handle.type];
    if (length > longest)
      throw fileDamaged(`${length} bytes are more than the ${longest} that it may have`, file, this.location);
    // New memory is not a piece of Node's pool: callers may transfer it to another thread.
    const buffer = room && room.length >= length ? room.subarray(0, length) : Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length;) {
      const count = readSync(descriptor, buffer, done, length - done, offset + done);
      if (count === 0) throw fileDamaged(`it ends at byte ${offset + done}`, file, this.location);
      done += count;
    }
    return buffer;
  }

  /** Files of one folder whose names begin with `prefix`: a pack in the wrong folder could not be loaded. */
  #listFolder(folder: string, prefix: string): FileInfo[] {
    const path = join(this.#folder, folder);
    const files: FileInfo[] = [];
    for (const name of readNames(path) ?? this.#missingFolder()) {
      if (!isFileName(name) || !name.startsWith(prefix)) continue;
      const stats = statSync(toFsPath(join(path, name)), { throwIfNoEntry: false });
      if (stats?.isFile()) files.push({ name, size: stats.size, modified: stats.mtimeMs });
    }
    return files;
  }

  /** A folder of the layout that is missing is empty, as long as the repository is there. */
  #missingFolder(): string[] {
    this.#requireFolder();
    return [];
  }

  /** Refuses to make folders where the repository is not: a drive may have been unplugged. */
  #checkPresent(): void {
    this.#requireFolder();
    if (!statSync(toFsPath(join(this.#folder, 'config')), { throwIfNoEntry: false }))
      throw repositoryMissing(this.location);
  }

  /** A repository whose `config` its group may read is one that the group shares (format notes 12.1). */
  #modes(): { folder: number; file: number } {
    const config = statSync(toFsPath(join(this.#folder, 'config')), { throwIfNoEntry: false });
    return config && (config.mode & 0o040) !== 0 ? groupModes : privateModes;
  }

  #explain(error: unknown, action: LocalAction, file: string): Error {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return localError(error, action, file, this.location);
    try {
      this.#requireFolder();
    } catch (missing) {
      return localError(missing, action, file, this.location);
    }
    return fileNotFound(file, this.location);
  }

  /** Throws `folderMissing` if the system says that there is no such folder, and its error if it says anything else. */
  #requireFolder(): void {
    const stats = statSync(toFsPath(this.#folder), { throwIfNoEntry: false });
    if (!stats?.isDirectory()) throw folderMissing(this.location, isFolder(dirname(this.#folder)));
  }
}

function readNames(path: string): string[] | undefined {
  try {
    return readdirSync(toFsPath(path), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
