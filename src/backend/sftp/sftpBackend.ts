/**
 * A repository in a folder of a server, by the system's ssh, laid out as restic does it (format notes 1 and 12.4). Files
 * are written as `<name>-tmp-…` and get their names when they are complete.
 */
import { randomBytes } from 'node:crypto';
import type { Attributes, FileSystemStats } from 'ssh2/lib/protocol/SFTP.js';
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { SftpLocation } from '../../base/location.ts';
import type { StorageAccess, StorageSettings } from '../../base/storageAccess.ts';
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
import {
  allFolders,
  folderOf,
  isFileName,
  isTemporaryName,
  packFolders,
  relativePath,
  writtenFolders,
} from '../layout.ts';
import { configExists, fileDamaged, fileNotFound, repositoryMissing } from '../local/localErrors.ts';
import { atOnce } from './atOnce.ts';
import type { SftpConnection } from './sftpConnection.ts';
import { remoteFolderMissing, sftpError, type DiskState, type SftpAction } from './sftpErrors.ts';
import { readFile, removeQuietly, statIfThere, WrongLength, writeNewFile } from './sftpFiles.ts';
import { filesIn, isFolder, isRegular, makeFolders, makeFolderWithParents, parentOf } from './sftpFolders.ts';
import { giveName, giveNameOnce } from './sftpNames.ts';
import { SftpSession } from './sftpSession.ts';
import { sftpStatus, statusOf } from './sftpStatus.ts';
import { sftpConnections } from './sshCommand.ts';

interface Modes {
  readonly folder: number;
  readonly file: number;
}
const privateModes: Modes = { folder: 0o700, file: 0o400 };
const groupModes: Modes = { folder: 0o770, file: 0o440 };

export class SftpBackend implements Backend {
  readonly location: string;
  readonly settings: StorageSettings;
  readonly properties: StorageProperties;
  readonly #session: SftpSession;
  readonly #root: string;
  #knownModes: Modes | undefined;

  /** Nothing is started yet. Throws `usage` for options that make no sense. */
  constructor(location: SftpLocation, access: StorageAccess) {
    this.#session = new SftpSession(location, access);
    this.#root = location.path;
    this.location = this.#session.location;
    this.settings = { location, access };
    this.properties = { connections: sftpConnections(access.options), isFar: true, cheapGap: 256 * 1024 };
    if (!this.#root.isWellFormed())
      throw new CairnError('usage', `A folder on a server needs a name in UTF-8: ${this.location}.`);
  }

  async create({ signal }: CallOptions = {}): Promise<void> {
    await this.#run('write', 'The folder layout', signal, async (connection) => {
      const mode = privateModes.folder;
      await makeFolderWithParents(connection, this.#root, mode);
      for (const depth of [1, 2]) {
        const folders = allFolders().filter((folder) => folder.split('/').length === depth);
        await makeFolders(
          connection,
          folders.map((folder) => this.#at(folder)),
          mode,
        );
      }
    });
  }

  async save(handle: FileHandle, data: readonly Uint8Array[], options: SaveOptions = {}): Promise<void> {
    const file = relativePath(handle);
    const path = this.#at(file);
    const size = data.reduce((sum, part) => sum + part.byteLength, 0);
    const work = async (connection: SftpConnection) => {
      const temporary = `${path}-tmp-${randomBytes(8).toString('hex')}`;
      await this.#write(connection, temporary, data, options);
      try {
        if (handle.type !== 'config') await giveName(connection, temporary, path, size);
        else if (!(await giveNameOnce(connection, temporary, path))) throw configExists(this.location, undefined);
      } catch (error) {
        await removeQuietly(connection, temporary);
        throw error;
      }
    };
    await this.#run('write', file, options.signal, work, size);
  }

  async load(handle: FileHandle, options: LoadOptions = {}): Promise<Buffer> {
    const file = relativePath(handle);
    const { offset = 0, length, signal } = options;
    const isSensible = [offset, length ?? 0].every((bytes) => Number.isSafeInteger(bytes) && bytes >= 0);
    const guess = isSensible ? { offset, length } : { offset: 0, length: 0 };
    return this.#run('read', file, signal, (connection) =>
      readFile(connection, this.#at(file), guess, (attributes) => this.#choose(attributes, handle, options), signal),
    );
  }

  async stat(handle: FileHandle, { signal }: CallOptions = {}): Promise<FileInfo> {
    const file = relativePath(handle);
    return this.#run('read', file, signal, async (connection) => {
      const stats = await connection.call<Attributes>((codec, done) => codec.stat(this.#at(file), done));
      const { mtime } = stats;
      const size = this.#sizeOf(stats, file);
      return { name: handle.name, size, ...(mtime !== undefined && { modified: mtime * 1000 }) };
    });
  }

  async remove(handle: FileHandle, { signal }: CallOptions = {}): Promise<void> {
    await this.#unlink(relativePath(handle), signal);
  }

  async list(type: Exclude<FileType, 'config'>, { signal }: CallOptions = {}): Promise<FileInfo[]> {
    const top = folderOf(type);
    const below = packFolders.map((prefix): [string, string] => [`${top}/${prefix}`, prefix]);
    const folders: [string, string][] = type === 'pack' ? below : [[top, '']];
    return this.#run('list', top, signal, async (connection) => {
      const found: FileInfo[] = [];
      let isComplete = true;
      await atOnce(connection.folders, folders, async ([folder, prefix]) => {
        throwIfAborted(signal);
        // A pack in the wrong folder could not be loaded.
        const isWanted = (name: string) => isFileName(name) && name.startsWith(prefix);
        const files = await filesIn(connection, this.#at(folder), isWanted);
        for (const each of files ?? []) found.push(each);
        isComplete &&= files !== undefined;
      });
      // A folder of the layout that is missing is empty, as long as the repository is there.
      if (!isComplete) await this.#requireFolder(connection);
      return found;
    });
  }

  async leftovers({ signal }: CallOptions = {}): Promise<Leftover[]> {
    return this.#run('list', 'leftovers', signal, async (connection) => {
      const found: Leftover[] = [];
      await atOnce(connection.folders, writtenFolders(), async ([type, folder]) => {
        throwIfAborted(signal);
        // restic left empty locks behind when a disk was full, and everyone passes over them.
        const isWanted = (name: string) => isTemporaryName(name) || (type === 'lock' && isFileName(name));
        for (const { name, size, modified } of (await filesIn(connection, this.#at(folder), isWanted)) ?? []) {
          if (isFileName(name) && size > 0) continue;
          found.push({ type, path: folder === '' ? name : `${folder}/${name}`, size, modified });
        }
      });
      await this.#requireFolder(connection);
      return found;
    });
  }

  async removeLeftover({ path }: Leftover, { signal }: CallOptions = {}): Promise<void> {
    await this.#unlink(path, signal);
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  async #run<T>(
    action: SftpAction,
    file: string,
    signal: AbortSignal | undefined,
    work: (connection: SftpConnection) => Promise<T>,
    size = 0,
  ): Promise<T> {
    throwIfAborted(signal);
    return this.#session.use(signal, async (connection) => {
      try {
        return await work(connection);
      } catch (error) {
        throw await this.#explain(connection, error, action, file, size);
      }
    });
  }

  /** Writes a new file; makes its folder if only that is missing. */
  async #write(
    connection: SftpConnection,
    path: string,
    parts: readonly Uint8Array[],
    { signal, onTaken }: SaveOptions,
  ): Promise<void> {
    const { folder, file: mode } = await this.#modes(connection);
    let isTaken = false;
    const take = () => {
      isTaken = true;
      onTaken?.();
    };
    const write = () => writeNewFile(connection, { path, parts, mode, signal, onTaken: take });
    try {
      await write();
    } catch (error) {
      if (statusOf(error) !== sftpStatus.noSuchFile || isTaken) throw error;
      await this.#requireRepository(connection);
      await makeFolderWithParents(connection, parentOf(path), folder);
      await write();
    }
  }

  async #unlink(file: string, signal: AbortSignal | undefined): Promise<void> {
    const work = (connection: SftpConnection) =>
      connection.call<void>((codec, done) => codec.unlink(this.#at(file), done));
    try {
      await this.#run('remove', file, signal, work);
    } catch (error) {
      if (errorCode(error) !== 'file-not-found') throw error;
    }
  }

  #choose(
    attributes: Attributes,
    handle: FileHandle,
    { room, ...range }: LoadOptions,
  ): { offset: number; target: Buffer } {
    const file = relativePath(handle);
    const size = this.#sizeOf(attributes, file);
    const { offset = 0, length = size - offset } = range;
    if (!(offset >= 0 && length >= 0 && offset + length <= size))
      throw fileDamaged(`bytes ${offset} to ${offset + length} are wanted of ${size}`, file, this.location);
    const longest = MAX_FILE_LENGTHS[handle.type];
    if (length > longest)
      throw fileDamaged(`${length} bytes are more than the ${longest} that it may have`, file, this.location);
    // New memory is not a piece of Node's pool: callers may transfer it to another thread.
    return {
      offset,
      target: room && room.length >= length ? room.subarray(0, length) : Buffer.allocUnsafeSlow(length),
    };
  }

  #sizeOf(attributes: Attributes, file: string): number {
    if (!isRegular(attributes)) throw fileDamaged('it is not a regular file', file, this.location);
    if (attributes.size === undefined) throw new Error('it does not say how long the file is');
    return attributes.size;
  }

  /** A repository whose `config` its group may read is one that the group shares (format notes 12.1). */
  async #modes(connection: SftpConnection): Promise<Modes> {
    if (this.#knownModes) return this.#knownModes;
    const config = await statIfThere(connection, this.#at('config'));
    if (!config) return privateModes;
    return (this.#knownModes = ((config.mode ?? 0) & 0o040) === 0 ? privateModes : groupModes);
  }

  async #explain(
    connection: SftpConnection,
    error: unknown,
    action: SftpAction,
    file: string,
    size: number,
  ): Promise<unknown> {
    try {
      if (error instanceof WrongLength) return fileDamaged(error.message, file, this.location);
      const status = statusOf(error);
      if (status === sftpStatus.noSuchFile) {
        await this.#requireFolder(connection);
        return fileNotFound(file, this.location);
      }
      const isVague = action === 'write' && status === sftpStatus.failure;
      return sftpError(error, action, file, this.location, isVague ? await this.#disk(connection, size) : undefined);
    } catch (other) {
      return sftpError(other, action, file, this.location);
    }
  }

  /** What the server tells of its disk, if it does. */
  async #disk(connection: SftpConnection, size: number): Promise<DiskState | undefined> {
    const asking = connection.call<FileSystemStats>((codec, done) => codec.ext_openssh_statvfs(this.#root, done));
    const stats = await asking.catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
    });
    if (!stats) return undefined;
    // Some file systems have no number of files.
    const isFull = stats.f_bavail * stats.f_frsize <= size || (stats.f_files > 0 && stats.f_favail === 0);
    return { isFull, isReadOnly: (stats.f_flag & 1) !== 0 };
  }

  /** Throws unless the folder of the repository is there. */
  async #requireFolder(connection: SftpConnection): Promise<void> {
    if (await isFolder(connection, this.#root)) return;
    throw remoteFolderMissing(this.location, await isFolder(connection, parentOf(this.#root)));
  }

  /** Refuses to make folders where the repository is not: a drive of the server may have been unplugged. */
  async #requireRepository(connection: SftpConnection): Promise<void> {
    await this.#requireFolder(connection);
    if (!(await statIfThere(connection, this.#at('config')))) throw repositoryMissing(this.location);
  }

  /** The path on the server of one below the folder of the repository. */
  #at(file: string): string {
    if (file === '') return this.#root;
    return this.#root.endsWith('/') ? this.#root + file : `${this.#root}/${file}`;
  }
}
