/**
 * The manifest of a mirror: what was put there, with hashes. It is one JSON document with one entry a line,
 * so that millions of entries are read and written in little memory; docs/mirror.md describes it. Whoever
 * may write to the disk may have written the manifest, so reading checks everything, and nothing is ever
 * looked up by a path that stands in it: the walk finds files, the manifest only says what they should be.
 */
import { createHash, type Hash } from 'node:crypto';
import type { CopySource } from './copySource.ts';
import type { SourceStamp } from '../../disk/settledTimes.ts';
import { CairnError } from '../../base/errors.ts';
import { isWindows } from '../../disk/system.ts';

export const MANIFEST_NAME = '.cairn-manifest.json';

export interface ManifestFile {
  /** Below the mirror's folder, names joined by `/`; bytes that are not UTF-8 as in `base/rawName.ts`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the copy, nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Of the content, 64 hex digits. */
  readonly sha256: string;
  /** Absent if the source was written so lately that a later write could carry the same times. */
  readonly from?: SourceStamp;
}

export interface ManifestLink {
  readonly path: string;
  readonly target: string;
}

export type ManifestEntry = ManifestFile | ManifestLink;

export interface ManifestHeader extends CopySource {
  /** False while a run is under way, or after one was cut off: what it was about to change is left out. */
  readonly isComplete: boolean;
  /** When the run began, RFC 3339. */
  readonly created: string;
  /** Of a dated copy: how many files and folders could not be copied; absent if none. */
  readonly lacking?: number;
}

/** Longer lines are not read; a path of 4,096 bytes, all escaped, takes 24 KiB. Bytes. */
export const LONGEST_LINE = 1024 * 1024;
const LONGEST_PATH = 256 * 1024;
const FORMAT = 'cairn-mirror';
const VERSION = 1;

/** The lines of a manifest, each with its line feed. */
export function* manifestToLines(header: ManifestHeader, entries: Iterable<ManifestEntry>): Generator<string> {
  const { isComplete: complete, created, source, host, folder, lacking } = header;
  const hash = createHash('sha256');
  const first = JSON.stringify({ format: FORMAT, version: VERSION, complete, created, source, host, folder, lacking });
  let line = `${first.slice(0, -1)},"entries":[`;
  let isFirst = true;
  for (const entry of entries) {
    yield hashed(hash, `${line}\n`);
    // The comma belongs to the line before, which is known to have a follower only now.
    line = `${isFirst ? '' : ','}${JSON.stringify(entryToJson(entry))}`;
    isFirst = false;
  }
  yield hashed(hash, `${line}\n`);
  yield `],"checksum":"${hash.digest('hex')}"}\n`;
}

function hashed(hash: Hash, line: string): string {
  hash.update(line);
  return line;
}

function entryToJson(entry: ManifestEntry): object {
  if (isManifestLink(entry)) return { path: entry.path, link: entry.target };
  const { path, size, mtime, sha256, from } = entry;
  return {
    path,
    size,
    mtime: String(mtime),
    sha256,
    ...(from && { from: { mtime: String(from.mtime), ctime: String(from.ctime), inode: String(from.inode) } }),
  };
}

/** True for the entry of a symbolic link. */
export function isManifestLink(entry: ManifestEntry): entry is ManifestLink {
  return 'target' in entry;
}

/** Takes the lines of a manifest one after the other, without their line feeds. Throws `repository-damaged`. */
export class ManifestParser {
  readonly entries = new Map<string, ManifestEntry>();
  readonly #hash = createHash('sha256');
  #header: ManifestHeader | undefined;
  #isAtEnd = false;

  addLine(line: Buffer): void {
    const text = line.toString('utf8');
    if (this.#isAtEnd) throw damaged('there is something after its end');
    if (this.#header && text.startsWith(']')) return this.#finish(text);
    this.#hash.update(line).update('\n');
    if (!this.#header) {
      this.#header = parseHeader(text);
      return;
    }
    const entry = parseEntry(text.startsWith(',') ? text.slice(1) : text);
    if (this.entries.has(entry.path)) throw damaged('a path stands in it twice');
    this.entries.set(entry.path, entry);
  }

  /** To be called after the last line. */
  finish(): ManifestHeader {
    if (!this.#header || !this.#isAtEnd) throw damaged('its end is missing');
    return this.#header;
  }

  #finish(text: string): void {
    if (text !== `],"checksum":"${this.#hash.digest('hex')}"}`) throw damaged('its checksum is wrong');
    this.#isAtEnd = true;
  }
}

/** The header in the first line. Throws `repository-damaged`. */
export function parseHeader(text: string): ManifestHeader {
  const ending = ',"entries":[';
  const value = text.endsWith(ending) ? parseObject(`${text.slice(0, -ending.length)}}`) : {};
  const { format, version, complete, created, source, host, folder, lacking } = value;
  if (format !== FORMAT) throw damaged('it does not begin as one');
  if (version !== VERSION) throw damaged(`it is of version ${String(version)}, which a newer Cairn may know`);
  const isTime = typeof created === 'string' && created.length < 40 && !Number.isNaN(Date.parse(created));
  const isText = (field: unknown): field is string | undefined => field === undefined || typeof field === 'string';
  const isCount = lacking === undefined || (typeof lacking === 'number' && Number.isSafeInteger(lacking));
  if (
    typeof complete !== 'boolean' ||
    !isTime ||
    typeof source !== 'string' ||
    !isText(host) ||
    !isText(folder) ||
    !isCount
  ) {
    throw damaged('its first line is wrong');
  }
  return {
    isComplete: complete,
    created,
    source,
    ...(host !== undefined && { host }),
    ...(folder !== undefined && { folder }),
    ...(lacking !== undefined && lacking > 0 && { lacking }),
  };
}

function parseEntry(text: string): ManifestEntry {
  const { path, size, mtime, sha256, from, link } = parseObject(text);
  if (typeof path !== 'string' || !isSafePath(path)) throw damaged('it holds a path that cannot be');
  // On Windows they would lead elsewhere.
  if (isWindows && /[\\:]/.test(path)) throw fromAnotherSystem(path);
  if (link !== undefined) {
    if (typeof link !== 'string') throw damaged('it holds a link without a target');
    return { path, target: link };
  }
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  if (!isSize || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw damaged('it holds a wrong entry');
  const entry: ManifestFile = { path, size, mtime: parseInteger(mtime), sha256 };
  if (from === undefined) return entry;
  if (typeof from !== 'object' || from === null) throw damaged('it holds a wrong entry');
  const stamp = from as Record<string, unknown>;
  const { mtime: sourceTime, ctime, inode } = stamp;
  return {
    ...entry,
    from: { mtime: parseInteger(sourceTime), ctime: parseInteger(ctime), inode: parseInteger(inode) },
  };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('a line of it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('a line of it is no object');
  return value as Record<string, unknown>;
}

function parseInteger(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) throw damaged('it holds a wrong number');
  return BigInt(value);
}

/** Relative, without empty names, `.` and `..`, and nothing that could lead out of the folder. */
function isSafePath(path: string): boolean {
  if (path.length > LONGEST_PATH || path.includes('\0')) return false;
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

/** A manifest that is whole, but of no use here. */
function fromAnotherSystem(path: string): CairnError {
  return new CairnError(
    'repository-damaged',
    `The file ${MANIFEST_NAME} can only be used on the system that wrote it: no file here can be called ${JSON.stringify(path)}.`,
  );
}

/** A manifest that cannot be believed. */
export function damaged(what: string): CairnError {
  return new CairnError('repository-damaged', `The file ${MANIFEST_NAME} is damaged or not Cairn's: ${what}.`);
}
