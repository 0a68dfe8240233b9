import { CairnError } from '../../base/errors.ts';
import { asId, isId, type BlobId, type BlobType, type PackId } from './ids.ts';
import type { PackEntry } from './pack.ts';

/** One pack and everything in it, as an index file lists it (format notes 5). */
export interface IndexedPack {
  readonly id: PackId;
  readonly blobs: readonly PackEntry[];
}

/** One pack as a piece of an index file's JSON. */
export function indexedPackToJson(pack: IndexedPack): string {
  const blobs = pack.blobs.map(
    (blob) =>
      `{"id":"${blob.id}","type":"${blob.type}","offset":${blob.offset},"length":${blob.length}` +
      (blob.uncompressedLength > 0 ? `,"uncompressed_length":${blob.uncompressedLength}}` : '}'),
  );
  return `{"id":"${pack.id}","blobs":[${blobs.join(',')}]}`;
}

/** A whole index file from the pieces of {@link indexedPackToJson}; it ends in a newline (format notes 2.4). */
export function indexFileToJson(packs: readonly string[]): string {
  return `{"packs":[${packs.join(',')}]}\n`;
}

/**
 * Reads an index file, pack by pack: what was made of a pack can go before the next comes. `supersedes`
 * is ignored, as the format says; the blobs of a pack come sorted by offset. Throws `repository-damaged`
 * for anything that is not an index, perhaps after some packs.
 */
export function* parseIndexFile(bytes: Uint8Array): Generator<IndexedPack, void, void> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const pieces = findPacks(text);
  if (pieces) {
    for (const [start, end] of pieces) yield parsePack(parseJson(text.slice(start, end)));
    return;
  }
  const packs = (parseJson(text) as { packs?: unknown } | null)?.packs ?? [];
  if (!Array.isArray(packs)) throw damaged('it has no list of packs');
  for (const pack of packs) yield parsePack(pack);
}

const LIST_START = '{"packs":[';
const LIST_END = ']}';

/** Where the packs stand in a file that is written as we and restic write it; undefined for any other. */
function findPacks(text: string): [start: number, end: number][] | undefined {
  if (!text.startsWith(LIST_START)) return undefined;
  const pieces: [number, number][] = [];
  for (let start = LIST_START.length; text.startsWith('{"id":"', start);) {
    // Within a pack, only its list of blobs ends so.
    const end = text.indexOf(LIST_END, start) + LIST_END.length;
    pieces.push([start, end]);
    const isLast = text[end] === LIST_END[0] && text.slice(end).trimEnd() === LIST_END;
    if (isLast) return pieces;
    if (text[end] !== ',') return undefined;
    start = end + 1;
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw damaged('it is not valid JSON');
  }
}

function parsePack(pack: unknown): IndexedPack {
  const { id, blobs: list } = (pack ?? {}) as { id?: unknown; blobs?: unknown };
  if (typeof id !== 'string' || !isId(id)) throw damaged('a pack has no valid id');
  if (!Array.isArray(list)) throw damaged(`pack ${id} has no list of blobs`);
  const blobs = list.map((blob) => parseBlob(blob as Record<string, unknown> | null));
  if (blobs.includes(undefined)) throw damaged(`pack ${id} lists a blob that is not one`);
  return { id: asId<PackId>(id), blobs: (blobs as PackEntry[]).sort((a, b) => a.offset - b.offset) };
}

function damaged(what: string): CairnError {
  return new CairnError(
    'repository-damaged',
    `An index file is damaged: ${what}. "cairn repair index" can rebuild it.`,
  );
}

const MAX_UINT32 = 0xffff_ffff;

function parseBlob(blob: Record<string, unknown> | null): PackEntry | undefined {
  const { id, type, offset, length, uncompressed_length: uncompressed = 0 } = blob ?? {};
  const isUint32 = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_UINT32;
  if (typeof id !== 'string' || !isId(id) || (type !== 'data' && type !== 'tree')) return undefined;
  if (!isUint32(offset) || !isUint32(length) || !isUint32(uncompressed)) return undefined;
  return { id: asId<BlobId>(id), type: type satisfies BlobType, offset, length, uncompressedLength: uncompressed };
}
