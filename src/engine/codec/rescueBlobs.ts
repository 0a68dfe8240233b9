import { systemCode } from '../../base/systemCode.ts';
import { blobId } from '../../repository/hash.ts';
import { asId, type BlobId } from '../../repository/format/ids.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import type { CodecContext } from './codecContext.ts';
import { readChunks, READ_TO_END } from './readChunks.ts';
import { openForReading, closeFile } from '../../disk/openFile.ts';

export interface RescueBatch {
  /** Paths of files that may have what is wanted. */
  readonly files: readonly string[];
  /** Ids of the wanted data blobs, 32 bytes each. */
  readonly wanted: Uint8Array;
}

/** Ids as {@link RescueBatch} takes them. */
export function joinIds(ids: ReadonlySet<BlobId>): Uint8Array {
  return Buffer.from([...ids].join(''), 'hex');
}

/** Reads files, and stores of their content what is wanted, nothing else. Returns what that was. Runs in a codec thread. */
export function rescueBlobs(context: CodecContext, { files, wanted }: RescueBatch): BlobId[] {
  const missing = unjoinIds(wanted);
  const rescued: BlobId[] = [];
  for (const file of files) {
    tryRead(context, file, (chunk) => {
      const id = blobId(chunk);
      if (!missing.delete(id)) return;
      for (const pack of context.dataPacks.add('data', id, chunk).finished) context.host.give(pack);
      rescued.push(id);
    });
  }
  return rescued;
}

function unjoinIds(bytes: Uint8Array): Set<BlobId> {
  const ids = new Set<BlobId>();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length; at += 32) ids.add(asId(buffer.toString('hex', at, at + 32)));
  return ids;
}

/** A file that cannot be read has nothing to give. */
function tryRead(context: CodecContext, path: string, use: (chunk: Uint8Array) => void): void {
  let fd: number | undefined;
  try {
    fd = withReachablePath(path, openForReading);
    readChunks(context, fd, READ_TO_END, use);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  } finally {
    if (fd !== undefined) closeFile(fd);
  }
}
