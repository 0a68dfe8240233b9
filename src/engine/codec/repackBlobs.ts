import type { PackId } from '../../repository/format/ids.ts';
import type { PackEntry } from '../../repository/format/pack.ts';
import { openStoredBlob } from '../../repository/pack/openBlob.ts';
import type { CodecContext } from './codecContext.ts';
import { cutIntoPieces, readPieces, type PackPiece, type UnreadBlob } from './readPieces.ts';

/** Blobs of one pack that are wanted in a new pack. */
export interface PackToRepack {
  readonly id: PackId;
  /** In the order of their offsets. */
  readonly blobs: readonly PackEntry[];
}

export interface RepackedBlobs {
  readonly blobs: number;
  /** In their new packs. */
  readonly bytes: number;
  readonly unread: readonly UnreadBlob[];
}

/**
 * Copies blobs into new packs, each proven by its hash and sealed anew. What is compressed is kept as it
 * is; what is not becomes so where the format allows it. Runs in a codec thread.
 */
export async function repackBlobs(context: CodecContext, packs: readonly PackToRepack[]): Promise<RepackedBlobs> {
  const result = { blobs: 0, bytes: 0, unread: [] as UnreadBlob[] };
  const use = {
    blob: (blob: PackEntry, sealed: Buffer) => {
      result.bytes += copyBlob(context, blob, sealed);
      result.blobs++;
    },
    unread: (blob: UnreadBlob) => result.unread.push(blob),
  };
  const backend = context.storage();
  await readPieces(backend, piecesOf(packs, backend.properties.cheapGap), use);
  return result;
}

function* piecesOf(packs: readonly PackToRepack[], gap: number): Generator<PackPiece> {
  for (const { id: pack, blobs } of packs) {
    const holds = holdsTrees(blobs) && ({ holds: 'trees' } as const);
    for (const piece of cutIntoPieces(blobs, gap)) yield { pack, blobs: piece, ...holds };
  }
}

/** True for blobs of which none is content of a file. */
export function holdsTrees(blobs: readonly PackEntry[]): boolean {
  return blobs.every(({ type }) => type === 'tree');
}

/** Returns the bytes that it takes in its new pack. */
function copyBlob(context: CodecContext, blob: PackEntry, sealed: Buffer): number {
  const { type, id, uncompressedLength } = blob;
  const { stored, plain } = openStoredBlob(sealed, blob, context.sourceKeys, context.rooms);
  const builder = type === 'tree' ? context.treePacks : context.dataPacks;
  const keepsCompressed = uncompressedLength > 0 && context.setup.version === 2;
  const { packed, finished } = keepsCompressed
    ? builder.addStored(type, id, stored, uncompressedLength)
    : builder.add(type, id, plain);
  for (const pack of finished) context.host.give(pack);
  return packed;
}
