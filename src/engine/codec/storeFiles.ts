import { systemCode } from '../../base/systemCode.ts';
import { blobId } from '../../repository/hash.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import { settlingTime } from '../../disk/settledTimes.ts';
import type { CodecContext } from './codecContext.ts';
import { looksRandom } from './looksRandom.ts';
import { readChunks, READ_TO_END, throwIfStopped } from './readChunks.ts';
import { isSameState, isWhole, type FileState } from '../../disk/hashFile.ts';
import { fstatExact, type ExactStats } from '../../disk/stats.ts';
import { closeFile, openForReading } from '../../disk/openFile.ts';

/** A file as the walk saw it. */
export interface FileToStore {
  readonly path: string;
  /** Bytes, when it was listed. */
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Say whether it looks random. */
  readonly isJudged?: boolean;
}

/** Why a file could not be read: the system's code (`EACCES`, `ENOENT`, …), `ENOTREG`, or one of `readChunks`. */
export interface ReadFailure {
  readonly failure: string;
}

export interface StoredContent {
  readonly content: BlobId[];
  /** Bytes that were read. */
  readonly size: number;
  /** The metadata when reading began, if the file is not any more what the walk saw. */
  readonly stats?: ExactStats;
  /** It was written to while it was being read. */
  readonly torn?: boolean;
  /** What it begins with looks random. Absent: no, or nobody asked. */
  readonly isNoise?: boolean;
  readonly effort: StoringEffort;
}

/** What storing one file took and added. */
export interface StoringEffort {
  /** Milliseconds. */
  readonly ms: number;
  /** Bytes of new blobs, and what they take in packs. */
  readonly bytes: number;
  readonly packed: number;
}

export type StoredFile = StoredContent | ReadFailure;

/** What became of a batch, in the order of the files, and what it added. */
export interface StoredFiles {
  readonly files: StoredFile[];
  /** New data blobs, their plain bytes and their bytes in packs. */
  readonly blobs: number;
  readonly bytes: number;
  readonly packed: number;
}

/** A file that changes under the reader is read this many times before it is taken as it is. */
const MAX_ATTEMPTS = 2;
/** A sleeping thread looks so often whether it should stop. */
const LONGEST_SLEEP_MS = 100;

interface Added {
  blobs: number;
  bytes: number;
  packed: number;
}

/** Reads files, cuts them into chunks and stores the chunks that are new. Runs in a codec thread. */
export function storeFiles(context: CodecContext, files: readonly FileToStore[]): StoredFiles {
  const added: Added = { blobs: 0, bytes: 0, packed: 0 };
  return { files: files.map((file) => storeFile(context, file, added)), ...added };
}

function storeFile(context: CodecContext, file: FileToStore, added: Added): StoredFile {
  let fd: number;
  try {
    throwIfStopped(context.host);
    fd = withReachablePath(file.path, openForReading);
  } catch (error) {
    return { failure: systemCode(error) ?? 'EIO' };
  }
  const { bytes, packed } = added;
  const startedAt = performance.now();
  const effort = () => ({
    ms: performance.now() - startedAt,
    bytes: added.bytes - bytes,
    packed: added.packed - packed,
  });
  try {
    const stored = readOpenFile(context, fd, file, added);
    return 'failure' in stored ? stored : { ...stored, effort: effort() };
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { failure: code };
  } finally {
    closeFile(fd);
  }
}

function readOpenFile(
  context: CodecContext,
  fd: number,
  file: FileToStore,
  added: Added,
): Omit<StoredContent, 'effort'> | ReadFailure {
  let before: ExactStats | undefined;
  let seen: FileState = { ...file, size: BigInt(file.size) };
  for (let attempt = 1; ; attempt++) {
    waitUntilSettled(context, seen.ctimeNs);
    const expected = attempt === 1 ? file.size : READ_TO_END;
    const { content, size, isNoise } = storeContent(context, fd, { expected, isJudged: file.isJudged === true }, added);
    const after = fstatExact(fd);
    if (!after.isFile()) return { failure: 'ENOTREG' };
    const quiet = isSameState(seen, after) && isWhole(after, size);
    if (quiet || attempt === MAX_ATTEMPTS) {
      const noise = isNoise && { isNoise };
      return { content, size, ...(before && { stats: before }), ...(!quiet && { torn: true }), ...noise };
    }
    // It changed since the walk saw it, or is changing now: what is recorded must be older than what is read.
    before = after;
    seen = after;
  }
}

/** After this, any further write gives the file other times. */
function waitUntilSettled({ host }: CodecContext, ctimeNs: bigint): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let left = settlingTime(ctimeNs, BigInt(Date.now()) * 1_000_000n);
  for (; left > 0; left -= LONGEST_SLEEP_MS) {
    throwIfStopped(host);
    Atomics.wait(cell, 0, 0, Math.min(left, LONGEST_SLEEP_MS));
  }
}

function storeContent(
  context: CodecContext,
  fd: number,
  { expected, isJudged }: { readonly expected: number; readonly isJudged: boolean },
  added: Added,
): { content: BlobId[]; size: number; isNoise: boolean } {
  const content: BlobId[] = [];
  let isNoise = false;
  const size = readChunks(context, fd, expected, (chunk) => {
    if (isJudged && content.length === 0) isNoise = looksRandom(chunk);
    content.push(storeChunk(context, chunk, added));
  });
  return { content, size, isNoise };
}

function storeChunk(context: CodecContext, chunk: Uint8Array, added: Added): BlobId {
  const id = blobId(chunk);
  if (context.table.reserve('data', id) === 'known') return id;
  const { packed, finished } = context.dataPacks.add('data', id, chunk);
  for (const pack of finished) context.host.give(pack);
  added.blobs++;
  added.bytes += chunk.length;
  added.packed += packed;
  return id;
}
