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
 * Reads an index file. `supersedes` is ignored, as the format says; the blobs of a pack come sorted
 * by offset. Throws `repository-damaged` for anything that is not an index.
 */
export function parseIndexFile(bytes: Uint8Array): IndexedPack[] {
  const damaged = (what: string) =>
    new CairnError('repository-damaged', `An index file is damaged: ${what}. "cairn repair index" can rebuild it.`);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw damaged('it is not valid JSON');
  }
  const packs = (json as { packs?: unknown } | null)?.packs ?? [];
  if (!Array.isArray(packs)) throw damaged('it has no list of packs');
  return packs.map((pack: { id?: unknown; blobs?: unknown } | null) => {
    if (typeof pack?.id !== 'string' || !isId(pack.id)) throw damaged('a pack has no valid id');
    if (!Array.isArray(pack.blobs)) throw damaged(`pack ${pack.id} has no list of blobs`);
    const blobs = pack.blobs.map((blob) => parseBlob(blob as Record<string, unknown> | null));
    if (blobs.includes(undefined)) throw damaged(`pack ${pack.id} lists a blob that is not one`);
    return { id: asId<PackId>(pack.id), blobs: (blobs as PackEntry[]).sort((a, b) => a.offset - b.offset) };
  });
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
