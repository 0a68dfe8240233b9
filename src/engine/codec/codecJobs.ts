import { beginRestore, restoreFiles, type FileOutcome, type RestoreBatch } from '../restore/restoreFiles.ts';
import { verifyFiles, type VerifyBatch } from '../restore/verifyFiles.ts';
import type { Failure } from '../restore/restoreProblems.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import { BlobTable, type SharedIndex } from '../../repository/index/blobTable.ts';
import type { CodecContext } from './codecContext.ts';
import { repackBlobs, type PackToRepack, type RepackedBlobs } from './repackBlobs.ts';
import { verifyPacks, type PackReport, type PackToVerify } from './verifyPacks.ts';
import { rescueBlobs, type RescueBatch } from './rescueBlobs.ts';
import { storeFiles, type FileToStore, type StoredFiles } from './storeFiles.ts';

/** Every job of the codec pool: what goes in, what comes out. */
export interface CodecJobs {
  /** Reads files and stores what content is new. */
  storeFiles: { params: readonly FileToStore[]; result: StoredFiles };
  /** Copies blobs into new packs. */
  repackBlobs: { params: readonly PackToRepack[]; result: RepackedBlobs };
  /** Reads packs whole and reports those with which something is wrong. */
  verifyPacks: { params: readonly PackToVerify[]; result: PackReport[] };
  /** Stores again what is lost where files still have it. */
  rescueBlobs: { params: RescueBatch; result: BlobId[] };
  /** Hands over the packs that are partly filled. */
  flushPacks: { params: undefined; result: void };
  /** Writes files of a snapshot; null for each that is in place as it should be. */
  restoreFiles: { params: RestoreBatch; result: (FileOutcome | null)[] };
  /** Compares restored files with their content; null for each that is right. */
  verifyFiles: { params: VerifyBatch; result: (Failure | null)[] };
  /** Makes the thread use the index where it lies now. */
  useIndex: { params: SharedIndex; result: void };
}

/** What a thread does for each job. */
export const codecJobHandlers: {
  [K in keyof CodecJobs]: (
    context: CodecContext,
    params: CodecJobs[K]['params'],
  ) => CodecJobs[K]['result'] | Promise<CodecJobs[K]['result']>;
} = {
  storeFiles,
  repackBlobs,
  rescueBlobs,
  restoreFiles,
  verifyFiles,
  verifyPacks,
  flushPacks(context) {
    for (const builder of [context.dataPacks, context.treePacks]) {
      if (!builder.isEmpty) context.host.give(builder.finish());
    }
  },
  useIndex(context, index) {
    context.table = new BlobTable(index);
  },
};

/** What a thread does for a job as soon as it hears of it, while it is at work on another one. */
export const codecJobBeginnings: {
  [K in keyof CodecJobs]?: (context: CodecContext, params: CodecJobs[K]['params']) => void;
} = { restoreFiles: beginRestore };
