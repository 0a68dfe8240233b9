/**
 * A repository behind restic's REST protocol, version 2: files by name below `config`, `keys/`, `locks/`, `snapshots/`,
 * `index/` and `data/`. Two servers speak it, and differ:
 *
 * - rest-server stores a file whole and durable, or not; it refuses (403) what is there already, and what is to be
 *   removed where it is set to append only. What it does not find is not there (404).
 * - rclone replaces what is there, a config too. It says 404 for all that goes wrong when it looks for one file, so only
 *   a list tells whether something is not there, or its storage is away.
 */
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
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError } from '../../base/errors.ts';
import type { StorageSettings } from '../../base/storageAccess.ts';
import { announcedLength } from '../http/answerBody.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http/httpClient.ts';
import { folderOf, relativePath } from '../layout.ts';
import {
  configExists,
  couldNotLook,
  fileDamaged,
  fileNotFound,
  placeNotFound,
  refused,
  strangeAnswer,
  type RestAction,
  type RestSubject,
} from './restErrors.ts';
import { LIST_TYPE, MAX_LIST_LENGTH, parseList, type ListedFile } from './restList.ts';

type NamedType = Exclude<FileType, 'config'>;
type Wanted = Omit<HttpRequest, 'path' | 'maxLength'> & { readonly maxLength?: number };

/** Where the files of a repository are, and who asks for them. */
export interface RestPlace {
  readonly client: HttpClient;
  /** Of the repository, at the server: begins and ends with `/`. */
  readonly path: string;
  /** The header that says who we are; absent to say nothing. */
  readonly authorization?: string;
  /** For people. */
  readonly location: string;
  readonly settings: StorageSettings;
  /** So many calls at the same time make sense. */
  readonly connections: number;
  /** What the server said last, to be put at the end of a sentence. */
  readonly serverSays?: () => string;
}

export class RestBackend implements Backend {
  readonly location: string;
  readonly settings: StorageSettings;
  readonly properties: StorageProperties;
  readonly #place: RestPlace;

  constructor(place: RestPlace) {
    this.#place = place;
    this.location = place.location;
    this.settings = place.settings;
    this.properties = { connections: place.connections, isFar: true, cheapGap: 256 * 1024 };
  }

  async create({ signal }: CallOptions = {}): Promise<void> {
    const answer = await this.#send('?create=true', { method: 'POST', body: [], ...(signal && { signal }) });
    if (!isDone(answer)) throw refused(answer, this.#subject('create', 'The folder layout'));
  }

  async save(handle: FileHandle, data: readonly Uint8Array[], { signal }: SaveOptions = {}): Promise<void> {
    const subject = this.#subject('store', relativePath(handle));
    const options = { ...(signal && { signal }) };
    if (handle.type === 'config' && (await this.#head(handle, options)) !== undefined) {
      return this.#requireOwnConfig(handle, data, options);
    }
    let answer: HttpAnswer;
    try {
      answer = await this.#send(pathOf(handle), { method: 'POST', body: data, ...options });
    } catch (error) {
      // A server that has the file says so before it has read it all, and what it says may get lost.
      const isOpen = error instanceof CairnError && error.mayPass && handle.type !== 'config';
      if (isOpen && (await this.#has(handle, data, options).catch(() => false))) return;
      throw error;
    }
    if (isDone(answer)) return;
    if (answer.status === 403) {
      if (handle.type !== 'config' && (await this.#has(handle, data, options))) return;
      if (handle.type === 'config' && (await this.#head(handle, options)) !== undefined)
        return this.#requireOwnConfig(handle, data, options);
    }
    throw refused(answer, subject);
  }

  async load(handle: FileHandle, options: LoadOptions = {}): Promise<Buffer> {
    throwIfAborted(options.signal);
    const { offset = 0, length, room, signal } = options;
    const file = relativePath(handle);
    const call = { ...(signal && { signal }) };
    const longest = MAX_FILE_LENGTHS[handle.type];
    if (!(offset >= 0 && (length === undefined || length >= 0) && offset + (length ?? 0) <= longest))
      throw fileDamaged(
        `bytes ${offset} to ${offset + (length ?? 0)} are wanted, of ${longest} that it may have`,
        file,
        this.location,
      );
    // No header asks for no bytes.
    if (length === 0) return this.#loadNothing(handle, offset, call);
    const isPart = offset > 0 || length !== undefined;
    const range = `bytes=${offset}-${length === undefined ? '' : offset + length - 1}`;
    const answer = await this.#send(pathOf(handle), {
      method: 'GET',
      ...(isPart && { headers: { range } }),
      ...(room && { room }),
      maxLength: length ?? longest,
      ...call,
    });
    if (answer.status === 404) throw await this.#explainMissing(handle, 'read', answer, call);
    if (answer.status === 416) {
      if (length === undefined) return this.#loadNothing(handle, offset, call);
      throw fileDamaged(`bytes ${offset} to ${offset + length} are beyond its end`, file, this.location);
    }
    if (answer.status !== (isPart ? 206 : 200)) {
      if (!isDone(answer)) throw refused(answer, this.#subject('read', file));
      throw strangeAnswer(`status ${answer.status} for a part`, this.#subject('read', file));
    }
    if (length !== undefined && answer.body.length < length)
      throw fileDamaged(
        `of bytes ${offset} to ${offset + length} there are only ${answer.body.length}`,
        file,
        this.location,
      );
    return answer.body;
  }

  async stat(handle: FileHandle, options: CallOptions = {}): Promise<FileInfo> {
    throwIfAborted(options.signal);
    relativePath(handle);
    const found = await this.#head(handle, options);
    if (!found) throw fileNotFound(relativePath(handle), this.location);
    return found;
  }

  async remove(handle: FileHandle, { signal }: CallOptions = {}): Promise<void> {
    const file = relativePath(handle);
    const options = { ...(signal && { signal }) };
    const answer = await this.#send(pathOf(handle), { method: 'DELETE', ...options });
    if (isDone(answer)) return;
    if (answer.status !== 404) throw refused(answer, this.#subject('remove', file));
    const missing = await this.#explainMissing(handle, 'remove', answer, options);
    if (missing.code !== 'file-not-found') throw missing;
  }

  async list(type: NamedType, options: CallOptions = {}): Promise<FileInfo[]> {
    let answer = await this.#askList(type, options);
    if (answer.status === 404) {
      if (isFromRclone(answer)) throw couldNotLook(this.#subject('list', folderOf(type)));
      // A folder of the layout that is missing is empty, as long as the repository is there.
      if (!(await this.#head({ type: 'config', name: '' }, options))) throw placeNotFound(this.location);
      // The place may have come back in between: only now is the answer about it.
      answer = await this.#askList(type, options);
      if (answer.status === 404) return [];
    }
    return this.#addSizes(type, this.#readList(type, answer), options);
  }

  async leftovers(): Promise<Leftover[]> {
    return [];
  }

  async removeLeftover(): Promise<void> {}

  async close(): Promise<void> {
    await this.#place.client.close();
  }

  #send(path: string, { maxLength = 0, ...request }: Wanted): Promise<HttpAnswer> {
    const { client, authorization, path: base } = this.#place;
    const headers = { ...(authorization !== undefined && { authorization }), ...request.headers };
    return client.send({ ...request, headers, path: base + path, maxLength });
  }

  /** What the server says of a file; undefined if it is sure that there is none. */
  async #head(handle: FileHandle, { signal }: CallOptions): Promise<FileInfo | undefined> {
    const answer = await this.#send(pathOf(handle), { method: 'HEAD', ...(signal && { signal }) });
    if (answer.status === 404) {
      const missing = await this.#explainMissing(handle, 'read', answer, { ...(signal && { signal }) });
      if (missing.code === 'file-not-found') return undefined;
      throw missing;
    }
    const subject = this.#subject('read', relativePath(handle));
    if (!isDone(answer)) throw refused(answer, subject);
    const size = announcedLength(answer.headers['content-length']);
    if (size === undefined) throw strangeAnswer('it tells no length', subject);
    const modified = Date.parse(answer.headers['last-modified'] ?? '');
    return { name: handle.name, size, ...(!Number.isNaN(modified) && { modified }) };
  }

  async #has(handle: FileHandle, data: readonly Uint8Array[], options: CallOptions): Promise<boolean> {
    return (await this.#head(handle, options))?.size === lengthOf(data);
  }

  /** Whether the config that is there is the one to be stored: the answer to an earlier try was lost. */
  async #requireOwnConfig(handle: FileHandle, data: readonly Uint8Array[], options: CallOptions): Promise<void> {
    const there = await this.load(handle, options);
    if (!there.equals(Buffer.concat(data))) throw configExists(this.location);
  }

  async #loadNothing(handle: FileHandle, offset: number, options: CallOptions): Promise<Buffer> {
    const { size } = await this.stat(handle, options);
    if (offset > size)
      throw fileDamaged(`bytes from ${offset} are wanted of ${size}`, relativePath(handle), this.location);
    return Buffer.allocUnsafeSlow(0);
  }

  /** The error of a file that was answered by 404: not there, or nobody knows. */
  async #explainMissing(
    handle: FileHandle,
    action: RestAction,
    answer: HttpAnswer,
    options: CallOptions,
  ): Promise<CairnError> {
    const subject = this.#subject(action, relativePath(handle));
    const missing = fileNotFound(subject.file, this.location);
    const isRclone = isFromRclone(answer);
    if (handle.type === 'config' && !isRclone) return missing;
    // The keys are few, and the place of the repository is not there without their folder.
    const type = handle.type === 'config' || !isRclone ? 'key' : handle.type;
    const list = await this.#askList(type, options);
    if (list.status === 404) return isRclone ? couldNotLook(subject) : placeNotFound(this.location);
    // Without a list nobody knows, whatever the first answer was.
    const files = this.#readList(type, list);
    return isRclone && files.some(({ name }) => name === handle.name) ? couldNotLook(subject) : missing;
  }

  #askList(type: NamedType, { signal }: CallOptions): Promise<HttpAnswer> {
    return this.#send(`${folderOf(type)}/`, {
      method: 'GET',
      headers: { accept: LIST_TYPE },
      maxLength: MAX_LIST_LENGTH,
      ...(signal && { signal }),
    });
  }

  #readList(type: NamedType, answer: HttpAnswer): ListedFile[] {
    const subject = this.#subject('list', folderOf(type));
    if (!isDone(answer)) throw refused(answer, subject);
    const files = parseList(answer.body);
    if (!files) throw strangeAnswer('it is no list', subject);
    return files;
  }

  /** A server that knows only version 1 is asked for each size. */
  async #addSizes(type: NamedType, files: readonly ListedFile[], options: CallOptions): Promise<FileInfo[]> {
    const sized: FileInfo[] = [];
    const waiting: string[] = [];
    for (const { name, size } of files) {
      if (size === undefined) waiting.push(name);
      else sized.push({ name, size });
    }
    const askers = Array.from({ length: this.properties.connections }, async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const info = await this.#head({ type, name }, options);
        if (info) sized.push(info);
      }
    });
    await Promise.all(askers);
    return sized;
  }

  #subject(action: RestAction, file: string): RestSubject {
    const { authorization, serverSays = () => '' } = this.#place;
    return { action, file, location: this.location, hasLogin: authorization !== undefined, serverSays };
  }
}

/** Below the place of the repository. Packs have no folders of their own here. */
function pathOf({ type, name }: FileHandle): string {
  return type === 'config' ? 'config' : `${folderOf(type)}/${name}`;
}

function isDone({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function isFromRclone({ headers }: HttpAnswer): boolean {
  const { server } = headers as { server?: string };
  return server !== undefined && /^rclone\b/i.test(server);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
