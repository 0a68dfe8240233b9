import { BlobTable, type SharedIndex } from '../../repository/index/blobIndex.ts';
import type { CodecContext } from './codecContext.ts';
import { storeFiles, type FileToStore, type StoredFiles } from './storeFiles.ts';

/** Every job of the codec pool: what goes in, what comes out. */
export interface CodecJobs {
  /** Reads files and stores what content is new. */
  storeFiles: { params: readonly FileToStore[]; result: StoredFiles };
  /** Hands over the pack that is partly filled. */
  flushPacks: { params: undefined; result: void };
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
  flushPacks(context) {
    if (!context.dataPacks.isEmpty) context.exchange.give(context.dataPacks.finish());
  },
  useIndex(context, index) {
    context.table = new BlobTable(index);
  },
};
