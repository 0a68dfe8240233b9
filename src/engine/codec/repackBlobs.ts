import type { Backend } from '../../backend/backend.ts';
import { openBackend } from '../../backend/openBackend.ts';
import { errorCode, type ErrorCode } from '../../base/errors.ts';
import type { PackId } from '../../repository/format/ids.ts';
import type { PackEntry } from '../../repository/format/pack.ts';
import { openStoredBlob } from '../../repository/pack/openBlob.ts';
import type { CodecContext } from './codecContext.ts';

/** Blobs of one pack that are wanted in a new pack. */
export interface PackToRepack {
  readonly id: PackId;
  /** In the order of their offsets. */
  readonly blobs: readonly PackEntry[];
}

/** A blob that was not copied, and why. */
export interface UnreadBlob extends PackEntry {
  readonly packId: PackId;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface RepackedBlobs {
  readonly blobs: number;
  /** In their new packs. */
  readonly bytes: number;
  readonly unread: readonly UnreadBlob[];
}

/** How much is read at a time, and how much that is not wanted is read along to save a call. Bytes. */
const MAX_READ = 4 * 1024 * 1024;
const MAX_GAP = 128 * 1024;

/**
 * Copies blobs into new packs, each proven by its hash and sealed anew. What is compressed is kept as it
 * is; what is not becomes so where the format allows it. Runs in a codec thread.
 */
export async function repackBlobs(context: CodecContext, packs: readonly PackToRepack[]): Promise<RepackedBlobs> {
  const backend = openBackend(context.setup.address);
  const result = { blobs: 0, bytes: 0, unread: [] as UnreadBlob[] };
  const copy = (packId: PackId, blob: PackEntry, sealed: Buffer) => {
    try {
      result.bytes += copyBlob(context, blob, sealed);
      result.blobs++;
    } catch (error) {
      result.unread.push(unreadBlob(packId, blob, error));
    }
  };
  try {
    for (const { id, blobs } of packs) {
      for (const piece of cutIntoPieces(blobs)) {
        for (const [blob, sealed] of await readPiece(backend, id, piece, result.unread)) copy(id, blob, sealed);
      }
    }
    return result;
  } finally {
    await backend.close();
  }
}

/** Returns the bytes that it takes in its new pack. */
function copyBlob(context: CodecContext, blob: PackEntry, sealed: Buffer): number {
  const { type, id, uncompressedLength } = blob;
  const { stored, plain } = openStoredBlob(sealed, id, uncompressedLength, context);
  const builder = type === 'tree' ? context.treePacks : context.dataPacks;
  const { packed, finished } =
    uncompressedLength > 0 ? builder.addStored(type, id, stored, uncompressedLength) : builder.add(type, id, plain);
  for (const pack of finished) context.host.give(pack);
  return packed;
}

/** Runs of blobs that lie so close to each other that one call reads them all. */
export function* cutIntoPieces(blobs: readonly PackEntry[]): Generator<readonly PackEntry[]> {
  let start = 0;
  for (let at = 1; at <= blobs.length; at++) {
    const blob = blobs[at];
    const last = blobs[at - 1]!;
    const isNear = blob && blob.offset - (last.offset + last.length) <= MAX_GAP;
    if (isNear && blob.offset + blob.length - blobs[start]!.offset <= MAX_READ) continue;
    yield blobs.slice(start, at);
    start = at;
  }
}

async function readPiece(
  backend: Backend,
  name: PackId,
  piece: readonly PackEntry[],
  unread: UnreadBlob[],
): Promise<[PackEntry, Buffer][]> {
  const start = piece[0]!.offset;
  const end = piece.reduce((furthest, blob) => Math.max(furthest, blob.offset + blob.length), 0);
  try {
    const bytes = await backend.load({ type: 'pack', name }, { offset: start, length: end - start });
    return piece.map((blob) => [blob, bytes.subarray(blob.offset - start, blob.offset - start + blob.length)]);
  } catch (error) {
    if (piece.length === 1) {
      unread.push(unreadBlob(name, piece[0]!, error));
      return [];
    }
    // The end of the pack may be missing, or a part of the disk be unreadable: the others need not suffer.
    const parts: [PackEntry, Buffer][] = [];
    for (const blob of piece) parts.push(...(await readPiece(backend, name, [blob], unread)));
    return parts;
  }
}

/** Throws what is not the fault of the blob. */
function unreadBlob(packId: PackId, blob: PackEntry, error: unknown): UnreadBlob {
  const code = errorCode(error);
  if (code === 'internal' || code === 'aborted' || code === 'target-unavailable') throw error;
  return { ...blob, packId, code, message: (error as Error).message };
}
