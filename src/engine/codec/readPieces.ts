import type { Backend, FileHandle } from '../../backend/backend.ts';
import { aheadOf } from '../../base/atOnce.ts';
import { errorCode, type ErrorCode } from '../../base/errors.ts';
import { isUnreadablePlace } from '../../repository/damage.ts';
import type { PackId } from '../../repository/format/ids.ts';
import type { PackEntry } from '../../repository/format/pack.ts';

/** A blob that could not be read or is not what it should be, and why. */
export interface UnreadBlob extends PackEntry {
  readonly packId: PackId;
  readonly code: ErrorCode;
  readonly message: string;
}

/** How much is read at a time, at least: a wide gap calls for more. Bytes. */
const MAX_READ = 512 * 1024;

/**
 * Runs of blobs, which come in the order of their offsets, that lie so close that one call reads them all.
 * @param gap so many bytes that are not wanted are read along to save a call
 */
export function* cutIntoPieces(blobs: readonly PackEntry[], gap: number): Generator<readonly PackEntry[]> {
  const longest = Math.max(MAX_READ, 8 * gap);
  let start = 0;
  for (let at = 1; at <= blobs.length; at++) {
    const blob = blobs[at];
    const last = blobs[at - 1]!;
    const isNear = blob && blob.offset - (last.offset + last.length) <= gap;
    if (isNear && blob.offset + blob.length - blobs[start]!.offset <= longest) continue;
    yield blobs.slice(start, at);
    start = at;
  }
}

/** What is done with a piece of a pack. */
export interface PieceUse {
  /** Gets each sealed blob. What it throws makes the blob an unread one. */
  readonly blob: (blob: PackEntry, sealed: Buffer) => void;
  readonly unread: (blob: UnreadBlob) => void;
  /** May be used for what is read, in place of new memory: it is good until the next piece. */
  readonly room?: Buffer;
  readonly signal?: AbortSignal;
  /** Of what the pack is known to hold nothing else: a cache may have it, and what is damaged is read once more. */
  readonly holds?: 'trees';
  /** Gets all that was read at once. */
  readonly bytes?: (bytes: Buffer) => void;
}

/** Of far storage so many pieces are on their way or at hand, so that nobody waits for each of them. */
const PIECES_AHEAD = 4;

/** Blobs of a pack that are read at once. */
export interface PackPiece {
  readonly pack: PackId;
  readonly blobs: readonly PackEntry[];
  /** As {@link PieceUse.holds}. */
  readonly holds?: 'trees';
}

/** Reads the blobs of all pieces, of one pack or several, one piece after the other. Throws as {@link readPiece}. */
export async function readPieces(
  backend: Backend,
  pieces: Iterable<PackPiece>,
  { room, ...use }: Omit<PieceUse, 'holds'>,
): Promise<void> {
  const useOf = ({ holds }: PackPiece): PieceUse => ({ ...use, ...(holds && { holds }) });
  if (!backend.properties.isFar) {
    const withRoom = { ...use, ...(room && { room }) };
    for (const piece of pieces) await readPiece(backend, piece.pack, piece.blobs, { ...useOf(piece), ...withRoom });
    return;
  }
  // There is one room, and several pieces at hand.
  const fetched = aheadOf(pieces, PIECES_AHEAD, async (piece) => {
    const [loaded] = await Promise.allSettled([loadPiece(backend, piece.pack, piece.blobs, useOf(piece))]);
    return { piece, loaded };
  });
  for await (const { piece, loaded } of fetched) {
    await usePiece(backend, piece.pack, piece.blobs, loaded, useOf(piece));
  }
}

/** Reads the blobs of a piece. Throws what is not the fault of a blob, as when the storage is away. */
export async function readPiece(
  backend: Backend,
  name: PackId,
  piece: readonly PackEntry[],
  use: PieceUse,
): Promise<void> {
  const [loaded] = await Promise.allSettled([loadPiece(backend, name, piece, use)]);
  await usePiece(backend, name, piece, loaded, use);
}

function loadPiece(backend: Backend, name: PackId, piece: readonly PackEntry[], use: PieceUse): Promise<Buffer> {
  const offset = piece[0]!.offset;
  const end = piece.reduce((furthest, blob) => Math.max(furthest, blob.offset + blob.length), 0);
  const { room, signal } = use;
  const range = { offset, length: end - offset };
  return backend.load(handleOf(name, use), { ...range, ...(room && { room }), ...(signal && { signal }) });
}

function handleOf(name: PackId, { holds }: PieceUse): FileHandle {
  return { type: 'pack', name, ...(holds && { holds }) };
}

async function usePiece(
  backend: Backend,
  name: PackId,
  piece: readonly PackEntry[],
  loaded: PromiseSettledResult<Buffer>,
  use: PieceUse,
): Promise<void> {
  if (loaded.status === 'rejected') {
    const error: unknown = loaded.reason;
    if (isOfWholeFile(error)) return piece.forEach((blob) => use.unread(unreadBlob(name, blob, error)));
    if (piece.length === 1 || !isUnreadablePlace(error)) return use.unread(unreadBlob(name, piece[0]!, error));
    // The end of the pack may be missing, or a part of the disk be unreadable: the others need not suffer.
    for (const blob of piece) await readPiece(backend, name, [blob], use);
    return;
  }
  const bytes = loaded.value;
  const offset = piece[0]!.offset;
  use.bytes?.(bytes);
  for (const blob of piece) {
    const start = blob.offset - offset;
    try {
      use.blob(blob, bytes.subarray(start, start + blob.length));
    } catch (error) {
      if (!use.holds || !(await triesAgain(backend, handleOf(name, use), blob, use)))
        use.unread(unreadBlob(name, blob, error));
    }
  }
}

/** True if a blob is right in the storage itself. */
async function triesAgain(backend: Backend, handle: FileHandle, blob: PackEntry, use: PieceUse): Promise<boolean> {
  try {
    use.blob(blob, await backend.load(handle, { offset: blob.offset, length: blob.length, fresh: true }));
    return true;
  } catch (error) {
    if (!isUnreadablePlace(error)) throw error;
    return false;
  }
}

/** What strikes each of its blobs alike: to ask for them one by one would be refused as often. */
function isOfWholeFile(error: unknown): boolean {
  return isUnreadablePlace(error) && ['permission-denied', 'file-not-found'].includes(errorCode(error));
}

function unreadBlob(packId: PackId, blob: PackEntry, error: unknown): UnreadBlob {
  const code = errorCode(error);
  if (!isUnreadablePlace(error)) throw error;
  return { ...blob, packId, code, message: (error as Error).message };
}
