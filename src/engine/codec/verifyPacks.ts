import { createHash } from 'node:crypto';
import type { Backend } from '../../backend/backend.ts';
import { allAtOnce } from '../../base/atOnce.ts';
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
import { cutIntoPieces, readPieces, type UnreadBlob } from './readPieces.ts';

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

/** Of far storage so many packs are read at the same time: small ones are little more than a round trip. */
const PACKS_AT_ONCE = 4;

/** Reads packs whole and proves all that is in them (format notes 10.3, step 4). Runs in a codec thread. */
export async function verifyPacks(context: CodecContext, packs: readonly PackToVerify[]): Promise<PackReport[]> {
  const backend = context.storage();
  const reports: PackReport[] = [];
  await allAtOnce(packs.entries(), backend.properties.isFar ? PACKS_AT_ONCE : 1, async ([at, pack]) => {
    reports[at] = await verifyPack(context, backend, pack);
  });
  return reports.filter(({ unread, problems }) => unread.length > 0 || problems.length > 0);
}

async function verifyPack(context: CodecContext, backend: Backend, pack: PackToVerify): Promise<PackReport> {
  const hash = createHash('sha256');
  const blobs = parsePackHeader(pack.header);
  const unread: UnreadBlob[] = [];
  const fetchEnd = endFetcher(backend, pack, endOf(blobs));
  // Of far storage it comes along with the rest.
  const coming = backend.properties.isFar ? fetchEnd() : undefined;
  coming?.catch(() => {});
  const pieces = Array.from(cutIntoPieces(blobs, backend.properties.cheapGap), (piece) => ({
    pack: pack.id,
    blobs: piece,
  }));
  await readPieces(backend, pieces, {
    room: context.rooms.read,
    bytes: (bytes) => hash.update(bytes),
    blob: (blob, sealed) => void openBlob(sealed, blob, context, context.rooms),
    unread: (blob) => unread.push(blob),
  });
  const fetch = () => coming ?? fetchEnd();
  const { problems, isUnread } = await checkEnd(context, pack, endOf(blobs), fetch, (bytes) => hash.update(bytes));
  const isAsNamed = hash.digest('hex') === pack.id;
  if (!isAsNamed && unread.length === 0 && problems.length === 0) problems.push('is not what its name says');
  return { id: pack.id, unread, problems, isEndUnread: isUnread };
}

/** Reads what follows the blobs of a pack; nothing where there cannot be a header. */
function endFetcher(backend: Backend, { id, size }: PackToVerify, start: number): () => Promise<Buffer | undefined> {
  return async () => {
    if (start + PACK_TRAILER_LENGTH > size) return undefined;
    return backend.load({ type: 'pack', name: id }, { offset: start, length: size - start });
  };
}

function endOf(blobs: readonly PackEntry[]): number {
  const last = blobs.at(-1);
  return last ? last.offset + last.length : 0;
}

/** Checks what follows the blobs: the header, which must be as the index says, and its length. */
async function checkEnd(
  context: CodecContext,
  { size, header }: PackToVerify,
  start: number,
  fetch: () => Promise<Buffer | undefined>,
  onBytes: (bytes: Buffer) => void,
): Promise<{ problems: string[]; isUnread: boolean }> {
  const report = (...problems: string[]) => ({ problems, isUnread: false });
  try {
    const end = await fetch();
    if (!end) return report('ends before its header');
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
