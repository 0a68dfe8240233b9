/**
 * A repository in a bucket of an object store, laid out as restic does it (format notes 12.3): the names are those of
 * the layout in a folder, behind a prefix. A PUT appears whole or not at all, and the server checks it by its hash.
 */
import { createHash } from 'node:crypto';
import { displayLocation, type S3Location } from '../../base/location.ts';
import type { StorageAccess, StorageSettings } from '../../base/storageAccess.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
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
import type { HttpAnswer } from '../http/httpClient.ts';
import { folderOf, isFileName, relativePath } from '../layout.ts';
import { listObjects, type ListWay } from './listObjects.ts';
import { listPacks } from './listPacks.ts';
import type { ListedObject } from './listPage.ts';
import { makeBucket } from './makeBucket.ts';
import { S3Client } from './s3Client.ts';
import { objectDamaged, objectMissing, oddAnswer, readRefusal, s3Error, type S3Action } from './s3Errors.ts';
import { readS3Options, type S3Options } from './s3Options.ts';

/** Bytes of an answer that has none to speak of. */
const MAX_SMALL_ANSWER = 64 * 1024;

/** Bytes that come in about the time of a round trip. */
const CHEAP_GAP = 512 * 1024;

/** Classes from which nothing can be read at once, so they take only what a restore alone needs. As restic has it. */
const archiveClasses = new Set(['GLACIER', 'DEEP_ARCHIVE']);

export class S3Backend implements Backend {
  readonly location: string;
  readonly settings: StorageSettings;
  readonly properties: StorageProperties;
  readonly #client: S3Client;
  readonly #options: S3Options;
  /** Empty, or with `/` at its end. */
  readonly #prefix: string;

  /** Throws `usage` for options that make no sense. */
  constructor(location: S3Location, access: StorageAccess) {
    this.location = displayLocation(location);
    this.settings = { location, access };
    this.#options = readS3Options(access);
    this.properties = { connections: this.#options.connections, isFar: true, cheapGap: CHEAP_GAP };
    this.#client = new S3Client(location, access, this.#options, this.location);
    this.#prefix = location.prefix === '' ? '' : `${location.prefix}/`;
  }

  async create(call: CallOptions = {}): Promise<void> {
    await makeBucket(this.#client, this.location, call);
  }

  async save(handle: FileHandle, data: readonly Uint8Array[], { onTaken, ...call }: SaveOptions = {}): Promise<void> {
    const file = relativePath(handle);
    const headers = this.#storageClass(handle);
    if (handle.type === 'config') await this.#saveConfig(data, headers, call);
    else this.#checkStored(await this.#put(file, data, handle.name, headers, call), file);
    onTaken?.();
  }

  async load(handle: FileHandle, { offset = 0, length, room, ...call }: LoadOptions = {}): Promise<Buffer> {
    const file = relativePath(handle);
    const longest = MAX_FILE_LENGTHS[handle.type];
    if (!(offset >= 0 && (length ?? 0) >= 0) || (length ?? 0) > longest)
      throw objectDamaged(`${length} bytes from ${offset} on are wanted`, file, this.location);
    if (length === 0) return this.#loadNothing(handle, offset, call);
    const last = length === undefined ? '' : offset + length - 1;
    const isPart = offset > 0 || length !== undefined;
    const answer = await this.#client.send({
      ...call,
      method: 'GET',
      key: this.#prefix + file,
      ...(isPart && { headers: { range: `bytes=${offset}-${last}` } }),
      maxLength: length ?? longest,
      ...(room && { room }),
    });
    if (answer.status === 416) {
      if (length === undefined) return this.#loadNothing(handle, offset, call);
      throw objectDamaged(`it has no bytes ${offset} to ${offset + length}`, file, this.location);
    }
    if (answer.status !== 200 && answer.status !== 206) throw this.#explain(answer, 'read', file);
    this.#checkPart(answer, file, { isPart, offset, length });
    return answer.body;
  }

  async stat(handle: FileHandle, call: CallOptions = {}): Promise<FileInfo> {
    const file = relativePath(handle);
    const about = { ...call, key: this.#prefix + file, maxLength: MAX_SMALL_ANSWER };
    let answer = await this.#client.send({ ...about, method: 'HEAD' });
    // The answer to HEAD has no room for a reason: whether it is the file or the bucket that is not there, or why not to say.
    if (answer.status >= 300 && answer.status < 500)
      answer = await this.#client.send({ ...about, method: 'GET', headers: { range: 'bytes=0-0' } });
    if (answer.status !== 200 && answer.status !== 206) throw this.#explain(answer, 'read', file);
    const { headers } = answer;
    const size = answer.status === 200 ? headers['content-length'] : headers['content-range']?.replace(/^.*\//, '');
    if (size === undefined || !/^\d{1,15}$/.test(size)) throw oddAnswer('it has no length', file, this.location);
    const modified = Date.parse(headers['last-modified'] ?? '');
    return { name: handle.name, size: Number(size), ...(!Number.isNaN(modified) && { modified }) };
  }

  async remove(handle: FileHandle, call: CallOptions = {}): Promise<void> {
    const file = relativePath(handle);
    const key = this.#prefix + file;
    const answer = await this.#client.send({ ...call, method: 'DELETE', key, maxLength: MAX_SMALL_ANSWER });
    if (answer.status === 204 || answer.status === 200 || answer.status === 202) return;
    const error = this.#explain(answer, 'remove', file);
    if (error.code !== 'file-not-found') throw error;
  }

  async list(type: Exclude<FileType, 'config'>, call: CallOptions = {}): Promise<FileInfo[]> {
    const folder = folderOf(type);
    const files = new Map<string, FileInfo>();
    const take = (page: readonly ListedObject[]): void => {
      for (const { key, ...info } of page) {
        const name = copyOf(key.slice(-64));
        // A pack in the wrong folder could not be loaded.
        if (isFileName(name) && key === this.#prefix + relativePath({ type, name })) files.set(name, { name, ...info });
      }
    };
    const prefix = `${this.#prefix}${folder}/`;
    const way = this.#listWay(folder);
    if (type === 'pack') await listPacks(way, { folder: prefix, connections: this.#options.connections, take }, call);
    else for await (const page of listObjects(way, { prefix, isDeep: false }, call)) take(page);
    if (type === 'key' && files.size === 0) await this.#refuseOldLayout(call);
    return [...files.values()];
  }

  async leftovers(): Promise<Leftover[]> {
    return [];
  }

  async removeLeftover(): Promise<void> {}

  async close(): Promise<void> {
    await this.#client.close();
  }

  /**
   * A config is never replaced. Not every server can promise it: where `If-None-Match` is refused or ignored, one that
   * another machine stores between the question and the answer is.
   */
  async #saveConfig(data: readonly Uint8Array[], headers: Headers, call: CallOptions): Promise<void> {
    if (await this.#hasConfig(call)) return this.#requireOwnConfig(data, call);
    const hash = createHash('sha256');
    for (const part of data) hash.update(part);
    const digest = hash.digest('hex');
    let answer = await this.#put('config', data, digest, { ...headers, 'if-none-match': '*' }, call);
    if (answer.status === 412) return this.#requireOwnConfig(data, call);
    if (answer.status === 501 || readRefusal(answer).code === 'NotImplemented')
      answer = await this.#put('config', data, digest, headers, call);
    this.#checkStored(answer, 'config');
  }

  async #hasConfig(call: CallOptions): Promise<boolean> {
    try {
      await this.stat({ type: 'config', name: '' }, call);
      return true;
    } catch (error) {
      if (errorCode(error) === 'file-not-found') return false;
      throw error;
    }
  }

  /** Whether the config that is there is the one to be stored: the answer to an earlier try was lost. */
  async #requireOwnConfig(data: readonly Uint8Array[], call: CallOptions): Promise<void> {
    const there = await this.load({ type: 'config', name: '' }, call);
    if (there.equals(Buffer.concat(data))) return;
    const message = `There is a repository at ${this.location} already: its config file exists.`;
    throw new CairnError('repository-exists', message, { details: { location: this.location } });
  }

  /** @param hash the SHA-256 of the data: for all but the config it is the name. */
  #put(
    file: string,
    data: readonly Uint8Array[],
    hash: string,
    headers: Headers,
    call: CallOptions,
  ): Promise<HttpAnswer> {
    const md5 = createHash('md5');
    for (const part of data) md5.update(part);
    return this.#client.send({
      ...call,
      method: 'PUT',
      key: this.#prefix + file,
      headers: { 'content-type': 'application/octet-stream', 'content-md5': md5.digest('base64'), ...headers },
      hash,
      body: data,
      maxLength: MAX_SMALL_ANSWER,
    });
  }

  #checkStored(answer: HttpAnswer, file: string): void {
    if (answer.status !== 200) throw this.#explain(answer, 'write', file);
  }

  #storageClass({ type, holds }: FileHandle): Headers {
    const { storageClass } = this.#options;
    if (storageClass === undefined) return {};
    if (archiveClasses.has(storageClass.toUpperCase()) && !(type === 'pack' && holds === 'contents')) return {};
    return { 'x-amz-storage-class': storageClass };
  }

  /** A part of no length has no range, but must lie in the file all the same. */
  async #loadNothing(handle: FileHandle, offset: number, call: CallOptions): Promise<Buffer> {
    const { size } = await this.stat(handle, call);
    if (offset <= size) return Buffer.allocUnsafeSlow(0);
    throw objectDamaged(`byte ${offset} is wanted of ${size}`, relativePath(handle), this.location);
  }

  #checkPart({ status, body, headers }: HttpAnswer, file: string, wanted: WantedPart): void {
    const { isPart, offset, length } = wanted;
    if (!isPart) return;
    const start = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
    if (status !== 206 || start === undefined || Number(start) !== offset)
      throw oddAnswer('it is not the part that was asked for', file, this.location);
    if (length !== undefined && body.length !== length)
      throw objectDamaged(`it ends at byte ${offset + body.length}`, file, this.location);
  }

  #listWay(file: string): ListWay {
    return {
      isV1: this.#options.listsByV1,
      send: async (request) => {
        const answer = await this.#client.send(request);
        if (answer.status !== 200) throw this.#explain(answer, 'list', file);
        return answer;
      },
      odd: (what) => oddAnswer(what, file, this.location),
    };
  }

  /** restic once laid out other folders here; newer ones do not know these either. */
  async #refuseOldLayout(call: CallOptions): Promise<void> {
    const query = { prefix: `${this.#prefix}key/`, isDeep: true, pageSize: 1 };
    for await (const page of listObjects(this.#listWay('key'), query, call)) {
      if (page.length > 0)
        throw new CairnError(
          'repository-unsupported',
          `The repository ${this.location} has the layout of restic before 0.8. Migrate it by "restic migrate s3_layout" of a restic before 0.18.`,
          { details: { location: this.location } },
        );
      return;
    }
  }

  #explain(answer: HttpAnswer, action: S3Action, file: string): CairnError {
    if (answer.status === 404 && readRefusal(answer).code === 'NoSuchKey') return objectMissing(file, this.location);
    return s3Error(answer, { action, file, location: this.location, secrets: this.#client.secrets });
  }
}

type Headers = Readonly<Record<string, string>>;

interface WantedPart {
  readonly isPart: boolean;
  readonly offset: number;
  readonly length: number | undefined;
}

/** A piece of a text keeps the whole in memory: here a page of a list for each name on it. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
