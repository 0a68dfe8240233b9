import { createHash } from 'node:crypto';
import type { Backend } from '../../backend/backend.ts';
import { errorCode } from '../../base/errors.ts';
import { isDamage, isUnreadablePlace } from '../../repository/damage.ts';
import type { PackId } from '../../repository/format/ids.ts';
import {
  locatePackHeader,
  PACK_TRAILER_LENGTH,
  parsePackHeader,
  type PackEntry,
} from '../../repository/format/pack.ts';
import { openBlob } from '../../repository/pack/openBlob.ts';
import type { CodecContext } from './codecContext.ts';
import { cutIntoPieces, readPiece, type UnreadBlob } from './readPieces.ts';

/** A pack file, and the plain header that it must have, after the index. */
export interface PackToVerify {
  readonly id: PackId;
  /** Bytes. */
  readonly size: number;
  readonly header: Uint8Array;
}

/** What is wrong with a pack. */
export interface PackReport {
  readonly id: PackId;
  readonly unread: readonly UnreadBlob[];
  /** What is wrong beside the blobs, each as the end of a sentence that begins with the pack. */
  readonly problems: readonly string[];
  /** What follows the blobs could not be read now. */
  readonly isEndUnread: boolean;
}

/** Reads packs whole and proves all that is in them (format notes 10.3, step 4). Runs in a codec thread. */
export async function verifyPacks(context: CodecContext, packs: readonly PackToVerify[]): Promise<PackReport[]> {
  const reports: PackReport[] = [];
  for (const pack of packs) {
    const report = await verifyPack(context, context.storage(), pack);
    if (report.unread.length > 0 || report.problems.length > 0) reports.push(report);
  }
  return reports;
}

async function verifyPack(context: CodecContext, backend: Backend, pack: PackToVerify): Promise<PackReport> {
  const hash = createHash('sha256');
  const blobs = parsePackHeader(pack.header);
  const unread: UnreadBlob[] = [];
  for (const piece of cutIntoPieces(blobs, backend.properties.cheapGap)) {
    await readPiece(backend, pack.id, piece, {
      room: context.rooms.read,
      bytes: (bytes) => hash.update(bytes),
      blob: (blob, sealed) => void openBlob(sealed, blob, context, context.rooms),
      unread: (blob) => unread.push(blob),
    });
  }
  const { problems, isUnread } = await checkEnd(context, backend, pack, endOf(blobs), (bytes) => hash.update(bytes));
  const isAsNamed = hash.digest('hex') === pack.id;
  if (!isAsNamed && unread.length === 0 && problems.length === 0) problems.push('is not what its name says');
  return { id: pack.id, unread, problems, isEndUnread: isUnread };
}

function endOf(blobs: readonly PackEntry[]): number {
  const last = blobs.at(-1);
  return last ? last.offset + last.length : 0;
}

/** Checks what follows the blobs: the header, which must be as the index says, and its length. */
async function checkEnd(
  context: CodecContext,
  backend: Backend,
  { id, size, header }: PackToVerify,
  start: number,
  onBytes: (bytes: Buffer) => void,
): Promise<{ problems: string[]; isUnread: boolean }> {
  const report = (...problems: string[]) => ({ problems, isUnread: false });
  if (start + PACK_TRAILER_LENGTH > size) return report('ends before its header');
  try {
    const end = await backend.load({ type: 'pack', name: id }, { offset: start, length: size - start });
    onBytes(end);
    const place = locatePackHeader(size, end.subarray(-PACK_TRAILER_LENGTH));
    if (place.offset !== start) return report('does not have its header where the index lets expect it');
    const sealed = end.subarray(0, -PACK_TRAILER_LENGTH);
    return context.sealer.open(sealed).equals(header) ? report() : report('does not hold what the index says');
  } catch (error) {
    if (isDamage(errorCode(error))) return report('has a damaged header');
    if (!isUnreadablePlace(error)) throw error;
    return { problems: [`has a header that cannot be read (${(error as Error).message})`], isUnread: true };
  }
}
